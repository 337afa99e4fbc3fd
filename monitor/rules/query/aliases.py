"""Lists of names that are written in many ways, called by `alias:kyiv`: nothing is widened that does not ask."""

from collections.abc import Mapping
from types import MappingProxyType

Aliases = Mapping[str, tuple[str, ...]]  # by their names, in lower case

NONE: Aliases = MappingProxyType({})
SHIPPED: Aliases = {
    # places of Ukraine, as Ukrainian and Russian, English, German, Polish, French and Japanese write them
    "kyiv": ("Kyiv", "Kiev", "Kiew", "Kijów", "Київ", "Києва", "Києву", "Києві", "Києвом", "Киев", "Киева", "Киеву", "Киеве", "Киевом", "キーウ", "キエフ", "基辅", "基輔"),
    "kharkiv": ("Kharkiv", "Kharkov", "Charkiw", "Charków", "Харків", "Харкова", "Харкову", "Харкові", "Харковом", "Харьков", "Харькова", "Харькову", "Харькове", "Харьковом", "ハルキウ", "ハリコフ"),
    "odesa": ("Odesa", "Odessa", "Одеса", "Одеси", "Одесі", "Одесу", "Одесою", "Одесса", "Одессы", "Одессе", "Одессу", "Одессой", "オデーサ", "オデッサ"),
    "lviv": ("Lviv", "Lvov", "Lwiw", "Lwów", "Lemberg", "Львів", "Львова", "Львову", "Львові", "Львовом", "Львов", "Львове", "リヴィウ"),
    "dnipro": ("Dnipro", "Dnepr", "Dnipropetrovsk", "Dnepropetrovsk", "Дніпро", "Дніпра", "Дніпру", "Дніпрі", "Днепр", "Днепра", "Днепру", "Днепре", "ドニプロ"),
    "zaporizhzhia": ("Zaporizhzhia", "Zaporizhia", "Zaporozhye", "Saporischschja", "Запоріжжя", "Запоріжжі", "Запоріжжю", "Запорожье", "Запорожья", "Запорожью", "ザポリージャ"),
    "ukraine": ("Ukraine", "Ukraina", "Ucrania", "Україна", "України", "Україні", "Україну", "Україною", "Украина", "Украины", "Украине", "Украину", "Украиной", "ウクライナ", "乌克兰", "烏克蘭"),
    "russia": ("Russia", "Russland", "Russie", "Rusia", "Rosja", "Росія", "Росії", "Росію", "Росією", "Россия", "России", "Россию", "Россией", "ロシア", "俄罗斯", "俄羅斯"),
    "zelensky": ("Zelensky", "Zelenskyy", "Zelenskiy", "Zelenskij", "Selenskyj", "Зеленський", "Зеленського", "Зеленському", "Зеленським", "Зеленский", "Зеленского", "Зеленскому", "Зеленским", "ゼレンスキー", "泽连斯基"),
    "putin": ("Putin", "Poutine", "Путін", "Путіна", "Путіну", "Путіним", "Путин", "Путина", "Путину", "Путиным", "Путине", "プーチン", "普京"),
    # others that are spelled in several ways
    "beijing": ("Beijing", "Peking", "Pékin", "Pekín", "Pekin", "Пекін", "Пекіна", "Пекіні", "Пекин", "Пекина", "Пекине", "北京"),
    "taiwan": ("Taiwan", "Taiwán", "Tajwan", "Тайвань", "Тайваню", "Тайваня", "台湾", "台灣", "臺灣"),
    "gaddafi": ("Gaddafi", "Qaddafi", "Gadhafi", "Kadhafi", "Qadhafi", "Каддафи", "Каддафі"),
    "hezbollah": ("Hezbollah", "Hizbollah", "Hizbullah", "Hisbollah", "Хезболла", "Хезболлах", "حزب الله", "ヒズボラ"),
    "isis": ("ISIS", "ISIL", "Daesh", "Islamic State", "ІДІЛ", "ИГИЛ", "داعش"),
}  # fmt: skip
