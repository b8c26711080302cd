import pytest

from reviewloop.core.delivery.mojibake import is_mojibake

WRITTEN = [
    *(
        "don\u2019t",
        "caf\u00e9",
        "\u201cso nice\u201d",
        "na\u00efve \u2013 really\u2026",
        "\u00e0 la carte",
        "\u00d6sterreich",
        "c\u0153ur",
        "Gr\u00f6\u00dfe",
    ),
    *(
        "\u00a320",
        "50 \u20ac",
        "it\u00ae",
        "so\u00a0nice",
        "ni\u00f1o \u00bfqu\u00e9?",
        "\u0142\u00f3d\u017a",
        "\ufeffHi",
        "\U0001f642",
        "\u2764",
        "\u2605",
        "\u2714\ufe0f",
    ),
    *(
        "\u043f\u0440\u0438\u0432\u0435\u0442",
        "\u0645\u0631\u062d\u0628\u0627",
        "\u05e9\u05dc\u05d5\u05dd",
        "\u4f60\u597d",
        "\u3053\u3093\u306b\u3061\u306f",
        "\u0928\u092e\u0938\u094d\u0924\u0947",
    ),
]
SOUND = [
    *WRITTEN,
    *(
        "\u201cCAF\u00c9\u201d",
        "\u00bbCAF\u00c9\u00ab",
        "CAF\u00c9\u00ae",
        "CAF\u00c9\u2026",
        "Spa\u00df\u2026",
        "MANH\u00c3\u2026",
        "h\u00e2l\u00e2\u2026\u201d",
        "HYV\u00c4\u201d",
        "irm\u00e3\u201d",
    ),
    *(
        "\u00da\u017easn\u00e9",
        "P\u0158\u00cd\u017dE",
        "\u00c9\u00a0bom",
        "caf\u00e9\u00a0\u00a35",
        "\u00e0\u00a0\u00ab\u00a0bient\u00f4t\u00a0\u00bb",
        "2\u00d7\u00a35",
        "2\u00d7\u00bd",
        "\u221a2 \u221ax \u221a\u03c0",
        "30\u00b0C",
    ),
    *(
        "e\u0301le\u0301gant",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "plain",
        "",
    ),
]


@pytest.mark.parametrize("text", SOUND, ids=ascii)
def test_what_was_decoded_rightly_is_no_mojibake(text: str) -> None:
    assert not is_mojibake(text)


@pytest.mark.parametrize("table", ["cp1252", "latin-1"])
@pytest.mark.parametrize("text", WRITTEN, ids=ascii)
def test_utf8_read_as_a_western_table_is_seen_once_and_twice(text: str, table: str) -> None:
    once = text.encode().decode(table, "replace")
    assert is_mojibake(once)
    assert is_mojibake(once.encode().decode(table, "replace"))


@pytest.mark.parametrize("table", ["mac_roman", "cp437", "cp850", "cp1250", "cp1251", "cp1253", "gbk"])
def test_typographic_quotes_and_dashes_betray_other_tables(table: str) -> None:
    assert is_mojibake("\u201cdon\u2019t\u201d \u2013 really\u2026".encode().decode(table, "replace"))


@pytest.mark.parametrize(
    "text",
    ["caf\ufffd", "don\x92t", "caf\u00e3\u00a9", "appliqu\u00e3\u00a9s", "don\u00e2\u20ac", "\u221a\u00a9", "\u251c\u2310"],
    ids=ascii,
)
def test_what_is_left_of_a_wrong_decoding_is_seen(text: str) -> None:
    """Replaced, taken for a control, put into lower case afterwards, cut off, or read by an old Mac or by DOS."""
    assert is_mojibake(text)
