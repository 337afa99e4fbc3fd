"""In which language a text is written, as far as its letters and small words tell: for `lang:`."""

from collections import Counter
from collections.abc import Iterator

from monitor.rules.words.text import Text

_NAMES = {
    "en": "english", "de": "german deutsch", "fr": "french français", "es": "spanish español", "it": "italian italiano",
    "pt": "portuguese português", "nl": "dutch nederlands", "sv": "swedish svenska", "da": "danish dansk",
    "no": "norwegian norsk nb nn", "fi": "finnish suomi", "et": "estonian eesti", "pl": "polish polski", "cs": "czech čeština",
    "ro": "romanian română", "hu": "hungarian magyar", "tr": "turkish türkçe", "id": "indonesian", "vi": "vietnamese",
    "uk": "ukrainian українська ua", "ru": "russian русский", "be": "belarusian", "bg": "bulgarian", "sr": "serbian",
    "el": "greek", "he": "hebrew iw", "ar": "arabic", "fa": "persian farsi", "hi": "hindi", "th": "thai", "ka": "georgian",
    "hy": "armenian", "zh": "chinese", "ja": "japanese jp", "ko": "korean",
}  # fmt: skip
CODES = tuple(_NAMES)
_BY_NAME = {name: code for code, names in _NAMES.items() for name in (code, *names.split())}

# scripts that one language is mostly written in
_SCRIPTS = (
    ("ja", 0x3041, 0x30FF), ("ko", 0xAC00, 0xD7A3), ("zh", 0x4E00, 0x9FFF), ("th", 0x0E01, 0x0E5B),
    ("el", 0x0370, 0x03FF), ("he", 0x0590, 0x05FF), ("ar", 0x0600, 0x06FF), ("hi", 0x0900, 0x097F),
    ("ka", 0x10A0, 0x10FF), ("hy", 0x0530, 0x058F), ("cyrillic", 0x0400, 0x052F), ("latin", 0x0041, 0x024F),
    ("latin", 0x1E00, 0x1EFF),
)  # fmt: skip

# letters that decide between languages of one script
_LETTERS = {
    "uk": "їєґі", "ru": "ыэё", "be": "ў", "sr": "ђћљњџј", "fa": "پچژگ", "de": "ßäöü", "fr": "çèêœùàâî", "es": "ñ¿¡",
    "pt": "ãõ", "sv": "åäö", "da": "æøå", "no": "æøå", "fi": "äö", "et": "õäöü", "pl": "łąęśżźćń", "cs": "řěůčšž",
    "ro": "ășțâî", "hu": "őű", "tr": "şğı", "vi": "đơưạảấầếềịọốồộớờợụủứừ",
}  # fmt: skip

# the commonest small words
_WORDS = {
    "en": "the of and to in a is for on that with as was at by from are be has his her after over says said will who how why what new not it its an this",
    "de": "der die das und in zu den von mit für auf ist im dem ein eine des nicht sich bei nach aus wird auch an als wie sind werden einen gegen um über vor",
    "fr": "le la les de des et en un une du pour dans est sur au aux par pas que qui plus avec se ce son sa sont après contre ont été",
    "es": "el la los las de del y en un una por para con que se su es al no como más sus este fue tras sobre entre desde ha lo",
    "it": "il lo la gli le di del della dei e in un una per con che si è non al alla da dal nel nella sono più come anche dopo ha",
    "pt": "o a os as de do da dos das e em um uma por para com que se no na não é ao mais como foi após sobre são ou",
    "nl": "de het een en van in op te is met voor dat die niet aan bij om er naar uit door als ook maar wordt over zijn tot",
    "sv": "och i att det som en på är av för med den till inte om ett har de efter från vid så kan sig eller mot blir",
    "da": "og i at det som en på er af for med den til ikke om et har de efter fra ved så kan sig eller mod bliver",
    "no": "og i at det som en på er av for med den til ikke om et har de etter fra ved så kan seg eller mot blir",
    "fi": "ja on ei se että oli hän mutta tai kun niin myös ovat sen kuin joka mukaan jo vain nyt uusi",
    "et": "ja on ei see et ta oli aga või kui ka ning oma siis mis kes pole juba kuid pärast",
    "pl": "i w na z do nie się że jest to o od po za dla jak przez są ale czy co tym który już tylko przed",
    "cs": "a v na se je že s z do o i to po ve pro za jako jsou byl by od při však který už jeho",
    "ro": "și în de la cu pe a din pentru că nu este un o care mai au fost sau după prin între",
    "hu": "a az és hogy nem egy is meg volt már csak még mint de ha vagy után lesz ki ez",
    "tr": "ve bir bu da de için ile olarak çok daha en ne var yok sonra kadar gibi olan göre",
    "id": "yang dan di ke dari untuk dengan ini itu pada adalah tidak akan dalam juga oleh karena",
    "vi": "và của là có không cho được với các một những trong người này khi",
    "uk": "і й в у на з що до не за як та про від для є це по із зі щодо після через він вона було його під час",
    "ru": "и в на с что не по за как от о для из это его к при после у до под или был она из-за был будет",
    "bg": "и в на за с от да се не че по са ще към след при до като това най беше",
    "sr": "и у на је да се за од са не су што као из би после до",
}
_SMALL = {code: frozenset(words.split()) for code, words in _WORDS.items()}
_OF_SCRIPT = {
    "cyrillic": ("uk", "ru", "be", "bg", "sr"),
    "latin": tuple(code for code in _WORDS if code not in ("uk", "ru", "bg", "sr")),
    "ar": ("ar", "fa"),
}


def code(name: str) -> str:
    """Return the code of a language by its name or tag, "" if we know none.

    >>> code("English"), code("zh-Hans"), code("ua"), code("Elvish")
    ('en', 'zh', 'uk', '')
    """
    return _BY_NAME.get(name.casefold().replace("_", "-").partition("-")[0], "")


def detect(text: str) -> str:
    """Return the code of the language a text is in, "" where that does not show.

    >>> detect("Putin says the strike was a warning"), detect("Удари по Київ: є загиблі"), detect("Kyiv")
    ('en', 'uk', '')
    """
    scripts = Counter(_script(char) for char in text[:1_000] if char.isalpha())
    if scripts["ja"]:
        return "ja"  # between kana stand Chinese characters
    script = max(scripts, key=lambda name: scripts[name], default="")
    if script not in _OF_SCRIPT:
        return script
    scores = sorted(_scores(text[:1_000], _OF_SCRIPT[script]), reverse=True)
    (best, found), (second, _) = scores[0], scores[1]
    if best == 0 and script == "ar":
        return "ar"
    return found if best > second else ""


def _script(char: str) -> str:
    at = ord(char)
    return next((name for name, low, high in _SCRIPTS if low <= at <= high), "")


def _scores(text: str, codes: tuple[str, ...]) -> Iterator[tuple[float, str]]:
    words = Text(text).words
    letters = Counter(text.lower())
    for code in codes:
        small = sum(word in _SMALL[code] for word in words) if code in _SMALL else 0
        special = sum(letters[char] for char in _LETTERS.get(code, ""))
        yield small + min(special, 4) * 0.6, code
