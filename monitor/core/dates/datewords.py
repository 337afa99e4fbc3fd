"""The words of date texts, by meaning, in the languages that newsrooms write.

A word stands as it is once folded: lower case, without accents (`fold`). Cyrillic й and ї lose theirs too.
"""

import re
import unicodedata
from collections.abc import Iterable

_UNSEEN = dict.fromkeys(
    map(ord, "\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069")
)  # which way a line runs


def fold(text: str) -> str:
    """Return `text` without what differs from site to site: case, accents, kinds of spaces and digits.

    >>> fold("Včera, 15:44"), fold("１５：４４"), fold("Сьогодні")
    ('vcera, 15:44', '15:44', 'сьогодні')
    """
    plain = unicodedata.normalize("NFKD", text.translate(_UNSEEN))
    bare = (mark for mark in plain if not unicodedata.combining(mark))
    return " ".join(unicodedata.normalize("NFC", "".join(bare)).casefold().split())


_CZECH_SATURDAY = re.compile(r"\bso\b(?!.*\b[Uu]hr)")  # German for Sunday is "So"


def folded(text: str) -> str:
    """Fold a date text. A small "so" is Czech for Saturday, where nothing German stands behind it; else the German Sunday.

    >>> folded("so 14:50"), folded("So, 14:50 Uhr")
    ('sobota 14:50', 'so, 14:50 uhr')
    """
    return fold(_CZECH_SATURDAY.sub("sobota", text))


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word).replace("_", " ") for word in text.split())


# English German French Spanish Italian Portuguese Dutch Swedish Norwegian Danish Finnish
# Polish Czech Turkish Ukrainian Russian Greek Arabic; full, inflected, short; an underscore is a space
_MONTHS = (
    "jan january januar jänner januari janvier janv ene enero gen gennaio janeiro tammi tammikuu tammikuuta sty"
    " styczeń stycznia leden ledna led oca ocak січ січень січня янв январь января ιαν ιανουαρίου"
    " يناير جانفي كانون_الثاني",
    "feb february februar februari fév févr février febrero febbraio fev fevereiro helmi helmikuu helmikuuta lut"
    " luty lutego únor února úno şub şubat лют лютий лютого фев февр февраль февраля φεβ φεβρουαρίου"
    " فبراير فيفري شباط",
    "mar march märz mrz mars marzo março maart mrt marts maalis maaliskuu maaliskuuta marzec marca březen března"
    " bře mart бер берез березень березня мар март марта мрт μαρ μαρτίου"
    " مارس آذار",
    "apr april avr avril abr abril aprile huhti huhtikuu huhtikuuta kwi kwiecień kwietnia duben dubna dub nis nisan"
    " квіт кві квітень квітня апр апрель апреля απρ απριλίου"
    " أبريل أفريل نيسان",
    "may mai mayo mag maggio maio mei maj touko toukokuu toukokuuta maja květen května kvě mayıs"
    " трав тра травень травня май мая μαϊ μαΐου"
    " مايو ماي أيار",
    "jun june juni juin junio giu giugno junho kesä kesäkuu kesäkuuta cze czerwiec czerwca červen června čvn haz"
    " haziran черв чер червень червня июн июнь июня ιουν ιουνίου"
    " يونيو يونيه جوان حزيران",
    "jul july juli juil juillet julio lug luglio julho heinä heinäkuu heinäkuuta lip lipiec lipca červenec července"
    " čvc tem temmuz лип липень липня июл июль июля ιουλ ιουλίου"
    " يوليو يوليه يوليوز جويلية تموز",
    "aug august août agosto ago augustus augusti elo elokuu elokuuta sie sierpień sierpnia srpen srpna srp ağu"
    " ağustos серп сер серпень серпня авг август августа αυγ αυγούστου"
    " أغسطس غشت أوت آب",
    "sep sept september septembre septiembre set settembre setembro syys syyskuu syyskuuta wrz wrzesień września"
    " září zář eyl eylül вер верес вересень вересня сен сент сентябрь сентября σεπ σεπτεμβρίου"
    " سبتمبر شتنبر أيلول",
    "oct october okt oktober octobre octubre ott ottobre out outubro loka lokakuu lokakuuta paź październik"
    " października říjen října říj eki ekim жовт жов жовтень жовтня окт октябрь октября οκτ οκτωβρίου"
    " أكتوبر تشرين_الأول",
    "nov november novembre noviembre novembro marras marraskuu marraskuuta lis listopad listopada listopadu kas"
    " kasım лис лист листоп листопад листопада ноя нояб ноябрь ноября νοε νοεμβρίου"
    " نوفمبر نونبر تشرين_الثاني",
    "dec december dez dezember déc décembre dic diciembre dicembre dezembro des desember joulu joulukuu joulukuuta"
    " gru grudzień grudnia prosinec prosince pro ara aralık груд гру грудень грудня дек декабрь декабря δεκ"
    " δεκεμβρίου"
    " ديسمبر دجنبر كانون_الأول",
)
MONTHS = {word: number for number, row in enumerate(_MONTHS, 1) for word in _words(row)}

_WEEKDAYS = (
    "mon monday mo montag lun lundi lunes lunedì maandag måndag mån mandag man pon poniedziałek pondělí po"
    " пн понеділок понедельник 月曜日 星期一 월요일 segunda-feira maanantai pazartesi δευτέρα"
    " 周一 週一 الاثنين",
    "tue tues tuesday di dienstag mar mardi martes martedì dinsdag tisdag tis tirsdag tir wt wtorek úterý út"
    " вт вівторок вторник 火曜日 星期二 화요일 terça-feira tiistai salı τρίτη"
    " 周二 週二 الثلاثاء",
    "wed weds wednesday mi mittwoch mer mercredi mié miércoles mercoledì woensdag onsdag ons śr środa středa st"
    " ср середа среда 水曜日 星期三 수요일 quarta-feira keskiviikko çarşamba τετάρτη"
    " 周三 週三 الأربعاء",
    "thu thur thurs thursday do donnerstag jeu jeudi jue jueves gio giovedì donderdag torsdag tors tor czw czwartek"
    " čtvrtek čt чт четвер четверг 木曜日 星期四 목요일 quinta-feira torstai perşembe πέμπτη"
    " 周四 週四 الخميس",
    "fri friday fr freitag ven vendredi vie viernes venerdì vrijdag fredag fre pt piątek pátek pá"
    " пт п'ятниця пятница 金曜日 星期五 금요일 sexta-feira perjantai cuma παρασκευή"
    " 周五 週五 الجمعة",
    "sat saturday sa samstag sonnabend sam samedi sáb sábado sab sabato zaterdag lördag lör lørdag lør sob sobota"
    " сб субота суббота 土曜日 星期六 토요일 lauantai cumartesi σάββατο"
    " 周六 週六 السبت",
    "sun sunday so sonntag dim dimanche dom domingo domenica zondag söndag sön søndag søn ndz niedziela neděle ne"
    " нд неділя вс воскресенье 日曜日 星期日 星期天 일요일 sunnuntai pazar κυριακή"
    " 周日 週日 الأحد",
)
WEEKDAYS = {word: number for number, row in enumerate(_WEEKDAYS) for word in _words(row)}

_DAYS_AGO = (
    "today heute aujourd'hui aujourd’hui hoy oggi hoje vandaag idag i_dag dnes dziś dzisiaj tänään bugün сьогодні"
    " сегодня σήμερα 今日 本日 きょう 今天 오늘 اليوم",
    "yesterday gestern hier ayer ieri ontem gisteren igår i_går včera wczoraj eilen dün вчора учора вчера χθες χτες 昨日"
    " きのう 昨天 어제 أمس البارحة",
    "vorgestern avant-hier anteayer eergisteren förrgår předevčírem przedwczoraj позавчора позавчера 一昨日 前天"
    " おととい 그저께 أول_أمس أول_من_أمس",
)
DAYS_AGO = {word: number for number, row in enumerate(_DAYS_AGO) for word in _words(row)}

_UNITS = {  # seconds
    1: "s sec secs second seconds sekunde sekunden sek seconde secondes segundo segundos secondo secondi sekund"
    " sekunder sekundami сек с секунд секунду секунди секунды saniye 秒 秒钟 초"
    " ثانية ثوان ثواني",
    60: "m min mins mn minute minutes minuten minuto minutos minuti minuut minuter minutter minutt minut minuta"
    " minuty minutę minutami minutou minuuttia хв хвилин хвилини хвилину хвилина мин минут минуты минуту минута dk"
    " dakika λεπτά 分 分钟 分鐘 分間 분"
    " دقيقة دقائق",
    3_600: "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren timme timmar tim time"
    " timer hodina hodin hodiny hodinami hodinou godz godzin godziny godzinę tunti tuntia год година години годину"
    " годин ч час часа часов saat sa ώρες ώρα 時間 小时 小時 시간"
    " ساعة ساعات",
    86_400: "d day days tag tage tagen jour jours dia dias día días giorno giorni dag dagen dagar dage døgn den dny"
    " dní dnem dni dzień päivää день дня днів дні дней gün μέρες 日 天 일"
    " يوم أيام",
    604_800: "w week weeks woche wochen semaine semaines semana semanas settimana settimane weken vecka veckor uke"
    " uker uge uger týden týdny týdnem tydzień tygodnie тиждень тижні тижнів неделю недели недель hafta 週間 周 週 주"
    " أسبوع أسابيع",
}
_UNITS |= {
    2_629_746: "mo month months monat monate monaten mois mes meses mese mesi mês maand maanden månad månader måned"
    " måneder měsíc měsíce měsíců měsícem měsíci miesiąc miesiące miesięcy kuukausi kuukautta ay місяць місяці місяців"
    " месяц месяца месяцев μήνα μήνες か月 ヶ月 カ月 個月 个月 개월"
    " شهر أشهر شهور",
    31_556_952: "y yr yrs year years jahr jahre jahren an ans año años anno anni ano anos jaar jaren år rok rokem roky"
    " let lata lat vuosi vuotta yıl роки років лет χρόνο χρόνια 年 년"
    " سنة سنوات عام أعوام",
}
UNITS = {word: seconds for seconds, row in _UNITS.items() for word in _words(row)}
TWO = {  # Arabic has a form of its own for two of a thing
    fold(two): fold(one)
    for one, two in {
        "دقيقة": "دقيقتين", "ساعة": "ساعتين", "يوم": "يومين", "أسبوع": "أسبوعين", "شهر": "شهرين", "سنة": "سنتين",
        "عام": "عامين",
    }.items()
}  # fmt: skip
ONE = _words(
    "a an one ein eine einer einem un une una uno um uma één een en ett et jedna jednu jedną один одну"
)
BEFORE = ("vor", "il y a", "hace", "ha", "for", "pred", "πριν", "πριν από", "منذ", "قبل")  # "vor 5 Minuten"
AFTER = _words("ago fa geleden sedan siden temu тому назад sitten önce atrás 前 전 前に")  # "5 min ago"
ABOUT = _words("about around over circa ca ca. cca environ rund etwa noin около близько ok ungefär")
NOW = frozenset(
    fold(phrase)
    for phrase in (
        "just now", "now", "right now", "gerade eben", "soeben", "jetzt", "à l'instant", "ahora", "ahora mismo",
        "adesso", "agora", "zojuist", "nu", "just nu", "nyss", "právě teď", "teraz", "щойно", "тільки що",
        "только что", "刚刚", "剛剛", "たった今", "방금", "الآن", "منذ لحظات", "قبل لحظات", "منذ قليل", "قبل قليل",
        "moments ago", "a moment ago", "seconds ago", "a few seconds ago", "vor wenigen Sekunden", "vor ein paar Sekunden",
        "il y a quelques secondes", "il y a quelques instants", "hace unos segundos", "alcuni secondi fa", "há segundos",
        "pochi secondi fa", "een paar seconden geleden", "för några sekunder sedan", "noen sekunder siden",
        "få sekunder siden", "muutama sekunti sitten", "před chvílí", "před pár sekundami", "przed chwilą", "chwilę temu",
        "kilka sekund temu", "birkaç saniye önce", "кілька секунд тому", "декілька секунд тому", "несколько секунд назад",
        "数秒前", "几秒前", "몇 초 전",
    )
)  # fmt: skip
HALF_AN_HOUR = frozenset(
    fold(phrase)
    for phrase in (
        "half an hour ago", "half hour ago", "vor einer halben Stunde", "il y a une demi-heure", "hace media hora",
        "mezz'ora fa", "há meia hora", "een half uur geleden", "för en halvtimme sedan", "for en halv time siden",
        "puoli tuntia sitten", "před půl hodinou", "pół godziny temu", "yarım saat önce", "пів години тому",
        "півгодини тому", "полчаса назад", "半小时前", "半小時前", "منذ نصف ساعة", "قبل نصف ساعة",
    )
)  # fmt: skip

ANTE = _words("am a.m. a.m a. πμ π.μ. 午前 上午 오전 凌晨 早上 midnight ص صباحا")
POST = _words("pm p.m. p.m p. μμ μ.μ. 午後 下午 오후 晚上 noon م مساء ظهرا")

# offsets as RFC 5322 §4.3 and the press use them; IST, CST of China and others that mean several are left out
_OFFSETS = {
    "z": "UTC", "ut": "UTC", "utc": "UTC", "gmt": "UTC", "wet": "UTC", "west": "+01:00", "bst": "+01:00",
    "cet": "+01:00", "mez": "+01:00", "cest": "+02:00", "mesz": "+02:00", "eet": "+02:00", "sast": "+02:00",
    "eest": "+03:00", "msk": "+03:00", "мск": "+03:00", "trt": "+03:00", "gst": "+04:00", "pkt": "+05:00",
    "wib": "+07:00", "sgt": "+08:00", "hkt": "+08:00", "awst": "+08:00", "jst": "+09:00", "kst": "+09:00",
    "aest": "+10:00", "aedt": "+11:00", "nzst": "+12:00", "nzdt": "+13:00", "est": "-05:00", "edt": "-04:00",
    "cst": "-06:00", "cdt": "-05:00", "mst": "-07:00", "mdt": "-06:00", "pst": "-08:00", "pdt": "-07:00",
    "gmt time": "UTC", "غرينتش": "UTC", "جرينتش": "UTC", "eastern time": "America/New_York",
    "central time": "America/Chicago", "mountain time": "America/Denver", "pacific time": "America/Los_Angeles",
    "new york time": "America/New_York", "washington time": "America/New_York", "kyiv time": "Europe/Kyiv",
    "kiev time": "Europe/Kyiv", "moscow time": "Europe/Moscow", "london time": "Europe/London",
    "paris time": "Europe/Paris", "brussels time": "Europe/Brussels", "berlin time": "Europe/Berlin",
    "istanbul time": "Europe/Istanbul", "beijing time": "Asia/Shanghai", "tokyo time": "Asia/Tokyo",
    "за київським часом": "Europe/Kyiv", "за києвом": "Europe/Kyiv", "по киевскому времени": "Europe/Kyiv",
    "по киеву": "Europe/Kyiv", "по московскому времени": "Europe/Moscow", "по москве": "Europe/Moscow",
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
}  # fmt: skip
OFFSETS = {fold(name): zone for name, zone in _OFFSETS.items()}

NOISE = _words(
    "at on of the um uhr kl kl. klo kello o о об в у à as às a las los alle alles ore ora de del des di le la den der"
    " am dne o' clock st nd rd th er г р рік року года год time local edition"
    " ago updated update published posted last modified first stand aktualisiert veröffentlicht mis jour publié le"
    " actualizado publicado actualizada aggiornato pubblicato atualizado bijgewerkt gepubliceerd geplaatst uppdaterad"
    " publicerad oppdatert publisert opdateret julkaistu päivitetty aktualizováno publikováno aktualizacja"
    " opublikowano оновлено опубліковано обновлено опубликовано 更新 配信 公開 発表 发布 發布 입력 수정 등록 godz"
    " الساعة في آخر تحديث نشر نشرت بتاريخ يوم بتوقيت م واحد واحدة"
)
UPDATED = _words(
    "updated upd last_updated aktualisiert mis_à_jour actualizado actualizada aggiornato atualizado bijgewerkt"
    " uppdaterad oppdatert opdateret päivitetty aktualizováno aktualizacja оновлено обновлено güncellendi 更新 수정 تحديث"
)

_CJK = sorted(
    (
        word
        for word in {
            *WEEKDAYS,
            *DAYS_AGO,
            *UNITS,
            *AFTER,
            *ANTE,
            *POST,
            *NOISE,
            *"年月日時时点點分秒년월일시분초",
        }
        if any(mark > "\u3000" for mark in word)
    ),
    key=len,
    reverse=True,
)


def cjk() -> Iterable[str]:
    """Return the words that are written without spaces around them, the longest first."""
    return _CJK
