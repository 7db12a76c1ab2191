"""What nobody should type, and everybody does."""

# Each is put into every field in which people type. Bytes are sent as they are: no UTF-8.
HOSTILE: dict[str, str | bytes] = {
    "nothing": "",
    "blanks": " \t\u3000 ",
    "too long": "长" * 10_000,
    "a word": "many",
    "negative": "-1",
    "zero": "0",
    "enormous": str(10**18),
    "beyond 32 bits": str(2**31),
    "beyond 64 bits": str(2**63),
    "behind leading zeros": "0" * 20 + str(10**30),
    "a year behind zeros": "002026" + "9" * 20,
    "more digits than int() reads": "9" * 5_000,
    "exponent": "1e9",
    "fraction": "1.5",
    "not a number": "NaN",
    "infinite": "Infinity",
    "emoji": "🥬👨‍👩‍👧",
    "full-width digits": "１２",
    "digits to isdigit() alone": "²",
    "right to left": "\u202e12\u200f",
    "zero width": "\u200b\ufeff",
    "NUL": "a\x00b",
    "no UTF-8": b"\xff\xfe\xc0\x80",
    "half a character": b"a\xed\xa0\x80b",
    "SQL": "%_\\x'; DROP TABLE account; --",
    "markup": '"><img src=x onerror=alert(2)><script>alert(1)</script>',
    "path": "//elsewhere.example/../../../etc/passwd",
    "line ends": "x\r\nSet-Cookie: session=stolen",
    "template": "={{ 7 * 7 }} %(name)s %s {0}",
    "no date": "2026-02-30",
    "last date": "9999-12-31",
}
# What `make test` puts everywhere; of the others it puts a sixth, by turns.
ALWAYS = {"nothing", "beyond 32 bits", "NUL", "half a character", "markup"}
# What is put where people only choose: boxes, lists, buttons and what a page hides in a form.
SHARP = {
    "nothing",
    "too long",
    "a word",
    "beyond 32 bits",
    "behind leading zeros",
    "more digits than int() reads",
    "digits to isdigit() alone",
    "NUL",
    "half a character",
    "markup",
}
# On these the engines differ; with the others, both have only Python before them.
ON_BOTH_ENGINES = {
    "too long",
    "beyond 32 bits",
    "beyond 64 bits",
    "behind leading zeros",
    "a year behind zeros",
    "NUL",
    "half a character",
    "last date",
}
# Each is put in the place of every number, code and name that stands in the path of an address.
IN_PATHS: dict[str, str | bytes] = {
    "zero": "0",
    "negative": "-1",
    "beyond 32 bits": str(2**31),
    "beyond 64 bits": str(2**64),
    "more digits than int() reads": "9" * 5_000,
    "a word": "many",
    "emoji": "🥬",
    "NUL": "a\x00b",
    "no UTF-8": b"\xff\xfe",
    "SQL": "1' OR '1'='1",
    "path": "..\\..\\etc",
    "line ends": "x\r\nSet-Cookie: a=b",
    "too long": "x" * 10_000,
}
# What would run or draw something if a page repeated it as it came.
RAW = ("<script>alert", "<img src=x")
