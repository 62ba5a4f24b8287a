"""When two texts are the same text: accepted short answers, options and answer cells."""

import unicodedata


def fold(text: str, *, case_sensitive: bool = False) -> str:
    """The text as compared: NFKC, runs of white space as one space, invisible joiners dropped.

    NFKC makes full-width letters, ligatures and composed accents equal; it also makes "x²" equal to
    "x2", which we accept. Format characters (category Cf: zero-width joiners, direction marks) are
    invisible to the one who typed them. Case is folded (so "STRASSE" is "straße") unless it counts.
    """
    if text.isascii():
        spaced = " ".join(text.split())
        return spaced if case_sensitive else spaced.lower()
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf")
    spaced = " ".join(unicodedata.normalize("NFKC", visible).split())
    return spaced if case_sensitive else unicodedata.normalize("NFKC", spaced.casefold())
