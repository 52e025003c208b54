"""The vocabulary of transcripts: short sentences in a few languages, and the names of the languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SENTENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "english": (
            "The harbour was quiet when the first boats came in.",
            "Someone had left a lamp burning in the upper window.",
            "We counted the barrels twice, and twice the sum was right.",
            "A narrow path leads from the mill down to the water.",
            "She wrote the number on a card and put it away.",
            "In the morning the wind turned, and the rain stopped.",
            "Nobody asked why the clock was seven minutes slow.",
            "They carried the long table out into the garden.",
            "The second letter arrived before the first one did.",
            "Bread, salt and a little oil were all we had.",
            "He tuned the old radio until a voice came through.",
            "From the hill you can see three villages and a tower.",
        ),
        "german": (
            "Der Hafen lag still, als die ersten Boote kamen.",
            "Im oberen Fenster brannte noch eine Lampe.",
            "Wir zählten die Fässer zweimal, und zweimal stimmte es.",
            "Ein schmaler Weg führt von der Mühle zum Wasser.",
            "Sie schrieb die Zahl auf eine Karte.",
            "Am Morgen drehte der Wind, und der Regen hörte auf.",
            "Der zweite Brief kam früher als der erste.",
            "Vom Hügel sieht man drei Dörfer und einen Turm.",
        ),
        "french": (
            "Le port était calme quand les premiers bateaux rentrèrent.",
            "Une lampe brûlait encore à la fenêtre du haut.",
            "Nous avons compté les tonneaux deux fois.",
            "Un sentier étroit descend du moulin vers la rivière.",
            "Elle nota le chiffre sur une carte.",
            "Au matin le vent tourna, et la pluie cessa.",
            "La seconde lettre arriva avant la première.",
            "De la colline on voit trois villages et une tour.",
        ),
        "spanish": (
            "El puerto estaba tranquilo cuando llegaron los primeros barcos.",
            "Alguien dejó una lámpara encendida en la ventana.",
            "Contamos los barriles dos veces, y la cuenta era correcta.",
            "Un camino estrecho baja del molino hasta el agua.",
            "Ella escribió el número en una tarjeta.",
            "Por la mañana cambió el viento y dejó de llover.",
            "La segunda carta llegó antes que la primera.",
            "Desde la colina se ven tres pueblos y una torre.",
        ),
    }
)

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "af": "afrikaans",
        "ar": "arabic",
        "hy": "armenian",
        "az": "azerbaijani",
        "be": "belarusian",
        "bs": "bosnian",
        "bg": "bulgarian",
        "ca": "catalan",
        "zh": "chinese",
        "hr": "croatian",
        "cs": "czech",
        "da": "danish",
        "nl": "dutch",
        "en": "english",
        "et": "estonian",
        "fi": "finnish",
        "fr": "french",
        "gl": "galician",
        "de": "german",
        "el": "greek",
        "he": "hebrew",
        "hi": "hindi",
        "hu": "hungarian",
        "is": "icelandic",
        "id": "indonesian",
        "it": "italian",
        "ja": "japanese",
        "kn": "kannada",
        "kk": "kazakh",
        "ko": "korean",
        "lv": "latvian",
        "lt": "lithuanian",
        "mk": "macedonian",
        "ms": "malay",
        "mr": "marathi",
        "mi": "maori",
        "ne": "nepali",
        "no": "norwegian",
        "fa": "persian",
        "pl": "polish",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sr": "serbian",
        "sk": "slovak",
        "sl": "slovenian",
        "es": "spanish",
        "sw": "swahili",
        "sv": "swedish",
        "tl": "tagalog",
        "ta": "tamil",
        "th": "thai",
        "tr": "turkish",
        "uk": "ukrainian",
        "ur": "urdu",
        "vi": "vietnamese",
        "cy": "welsh",
    }
)
"""Names of the languages by their ISO 639-1 code."""


def language_named(name: str | None) -> str:
    """Return the name of the language that a code or name stands for; English for anything else.

    The document calls the language a hint, so an unknown one is not an error.
    """
    asked = (name or "en").strip().lower()
    return LANGUAGES.get(asked, asked if asked in LANGUAGES.values() else "english")
