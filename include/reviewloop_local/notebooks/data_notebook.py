"""The notebook ``data``: what the rows of a file are like."""

from typing import Final

from reviewloop_local.notebooks.cells import Cell, code, told

TITLE: Final = "What the reviews are like"
CELLS: Final[tuple[Cell, ...]] = (
    told("""
    Made by `make notebooks`; run it again with `CSV` in the environment naming the review file, or without it on the made-up
    sample. Each answer is a call of the loop's own code (`reviewloop_local.notebooks.exploring`), by the configuration of the
    profile. Of the sealed part rows are counted, and no text is shown.
    """),
    code("""
    from reviewloop_local.notebooks import exploring, showing

    showing.tables_for_people()
    reviews = exploring.delivered()
    reviews.source
    """),
    told("""
    ## Rows
    From the file to the parts of the snapshot that a training would learn from.
    """),
    code("exploring.arrived(reviews)"),
    code("exploring.parts(reviews)"),
    told("""
    ## What is missing
    Columns as they were accepted; a value that the contract does not allow is set aside before.
    """),
    code("exploring.missing(reviews)"),
    told("""
    ## How long the texts are
    In words, by sentiment, outside the sealed part; then in tokens of the encoder: how much each allowed length holds whole.
    """),
    code("exploring.words(reviews)"),
    code("exploring.tokens(reviews)"),
    code("showing.panels(exploring.figures(reviews))"),
    told("""
    ## What repeats
    Equal texts count once. Nearly the same are texts that share many runs of three words: they are never parted by folds, and leave
    training where one of them is sealed.
    """),
    code("exploring.near_copies(reviews)"),
    told("""
    ## Whether the parts are alike
    A hash of the text draws the parts, so that nothing should have `moved` but by luck: the distance between the shares of each
    column in a part and in training, beside what luck alone reaches once in 1,000 times.
    """),
    code("exploring.drift_between_parts(reviews)"),
    told("""
    ## Labels that may be wrong
    How many labels a model that has not seen them would doubt (cleanlab on the baseline's answers out of fold). Such a list is
    mostly of rare sentiments: it is for people to read, and nothing is dropped.
    """),
    code("exploring.label_noise(reviews)"),
    told("""
    ## What the gates say
    The gates `quality` and `bias` on the file as one delivery with nothing before it: what does not hold, which groups are marked.
    """),
    code("exploring.gates(reviews)"),
)
