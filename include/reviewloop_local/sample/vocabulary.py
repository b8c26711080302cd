"""The words of the sample reviews: pure data, written for this project, no phrase taken from a real review.

Every aspect has predicates of both polarities that fit ``<subject> is <predicate>``. Frames say a predicate as it is
(``PLAIN``) or turn it round (``TURNED``); the negation words appear in both, so that no single word gives the meaning away.
"""

from typing import Final, NamedTuple


class Aspect(NamedTuple):
    """What a clause can be about: singular subjects, and predicates by polarity."""

    subjects: tuple[str, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]


def lines(text: str) -> tuple[str, ...]:
    """One phrase a line, or several divided by bars."""
    return tuple(part.strip() for line in text.strip().splitlines() for part in line.split("|") if part.strip())


ASPECTS: Final = (
    Aspect(
        lines("the fit | the cut | the shape of it | the silhouette | the way it drapes | the waist | the bodice"),
        lines("""
            flattering | slimming | forgiving | graceful | true to size | spot on | figure friendly | elegant
            well proportioned | sleek | kind to my curves | just right | tailored to perfection | becoming
        """),
        lines("""
            boxy | shapeless | tent-like | clingy in the wrong spots | lumpy | frumpy | way off | ill proportioned | bulky
            dowdy | like a potato sack | too snug to breathe in | unforgiving | matronly
        """),
    ),
    Aspect(
        lines("the fabric | the material | the knit | the cloth | the lining | the feel of it | the texture"),
        lines("""
            soft | buttery | cozy | breathable | luxurious | silky | plush | gentle on my skin | lightweight in a good way
            sumptuous | cloud-like | supple | like a second skin | velvety
        """),
        lines("""
            scratchy | itchy | stiff | flimsy | coarse | clammy | plasticky | prickly | paper thin | rough | like cardboard
            see-through | crunchy | suffocating
        """),
    ),
    Aspect(
        lines("the color | the shade | the print | the pattern | the dye | the hue"),
        lines("""
            vibrant | rich | gorgeous | stunning | cheerful | radiant | lovely in daylight | jewel-like | eye-catching | lush
            exactly as pictured | striking | fresh
        """),
        lines("""
            drab | muddy | washed out | garish | dingy | faded | nothing like the picture | murky | gaudy | sickly | lifeless
            blotchy | dull
        """),
    ),
    Aspect(
        lines("the stitching | the workmanship | the finish | the sewing | the zipper | the construction | the hem"),
        lines("""
            sturdy | meticulous | solid | neat | built to last | impeccable | reliable | first rate | careful | durable
            well made | flawless | tidy
        """),
        lines("""
            sloppy | shoddy | crooked | loose already | coming apart | careless | fragile | puckered | amateurish | frayed
            slapdash | unreliable | a mess
        """),
    ),
    Aspect(
        lines("the price | what it costs | the value | the amount i paid"),
        lines("fair | a bargain | a steal | more than reasonable | easy to justify | worth it | generous for what you get"),
        lines("steep | outrageous | a rip-off | hard to justify | ridiculous | inflated | an insult for what you get"),
    ),
    Aspect(
        lines("the overall look | the style | the design | the neckline | the detail at the back | the collar"),
        lines("""
            chic | timeless | charming | polished | feminine | classy | whimsical | sophisticated | refined | pretty | fun
            clever | modern | romantic
        """),
        lines("""
            tacky | dated | awkward | clumsy | childish | cheap looking | overdone | bland | tired | unfinished | fussy
            costume-like | odd | forgettable
        """),
    ),
    Aspect(
        lines("wearing it all day | sitting down in it | moving in it | a long shift in it | walking in it"),
        lines("""
            a pleasure | effortless | comfortable | a joy | a breeze | like wearing pajamas | easy | delightful | no trouble
            liberating
        """),
        lines("""
            a chore | painful | miserable | a struggle | torture | a nuisance | impossible | exhausting | annoying
            restricting
        """),
    ),
    Aspect(
        lines(
            "how it came out of the wash | the way it launders | the upkeep | how it holds up over time | the shape after a month"
        ),
        lines("good as new | impressive | low maintenance | foolproof | reassuring | better than i dared to ask | perfect"),
        lines("a disaster | disappointing | high maintenance | ruined | alarming | worse than i dared to fear | pilled | hopeless"),
    ),
)

# Direct: the predicate holds. Many carry a negation word all the same.
PLAIN: Final = lines("""
    {s} is {x}
    {s} is really {x}
    {s} turned out {x}
    {s} is {x}, no question
    {s} could not be more {x}
    i have never come across anything so {x} as {s}
    {s} is nothing if not {x}
    {s} is {x}, and i do not say that lightly
    to me {s} is simply {x}
    there is no denying that {s} is {x}
    {s} is not just ok, it is {x}
    i did not expect it, but {s} is {x}
    my sister says {s} is {x} and i agree
    everyone told me {s} would be {x}, and they were not wrong
    {s} is {x} without any doubt
    photos hardly show how {x} {s} is
""")

# Turned round: the predicate does not hold.
TURNED: Final = lines("""
    {s} is not {x}
    {s} is not in the least {x}
    {s} is anything but {x}
    {s} is far from {x}
    i would never call {s} {x}
    {s} is hardly what i call {x}
    i thought {s} would be {x}, and it just is not
    other reviewers say {s} is {x}, but on me that is not so
    photos make you think {s} is {x} and in person it is the opposite
    my sister says {s} is {x} and i disagree
    everyone told me {s} would be {x}, and they were wrong
    nobody could say that {s} is {x}
    if {s} is {x}, then i must have received a different one
    the description says {s} is {x}, which is not what i got
    where others find {s} {x}, i found the reverse
    i cannot see how anyone thinks {s} is {x}
""")

# Two clauses of opposite polarity; the second part, {b}, is what counts.
CONTRASTS: Final = lines("""
    although {a}, {b}
    {a}. still, {b}
    {a}, but {b}
    even if {a}, {b}
    granted, {a}; even so {b}
    {a} - but who cares when {b}
    {b}, even though {a}
    {b}, never mind that {a}
    {b}. that matters more to me than the fact that {a}
    i could live with one thing, {a}, yet the rest decides: {b}
    despite one thing, namely that {a}, {b}
    {a}, though in the end what counts is that {b}
""")

# Two clauses of opposite polarity that stay undecided.
BALANCED: Final = lines("""
    {a}, and then again {b}
    on one hand {a}, on the other {b}
    {a}. on the flip side {b}
    half of me says {a}, the other half says {b}
    {a}, {b}, so it evens out
    {a} yet {b}, and i cannot decide which weighs more
    {a} while {b}: a draw
    plus: {a}. minus: {b}
    {a}; {b}; make of that what you will
""")

VERDICTS: Final = {
    "positive": lines("""
        it is staying in my closet | i am keeping it | i ordered a second one | sending it back is out of the question
        no regrets here | i would buy it again tomorrow | you will not be sorry | i have worn it every week since
        i cannot recommend it enough | i do not understand why anyone would return it | it never disappoints
        my only regret is not buying two | i reach for it all the time | it will not be going back
        the compliments do not stop | worth every penny | i was ready to return it and then i tried it on, so it stays
        go for it | a new favorite | i could not be happier | it beats every one i own | do not hesitate
        i am so glad i did not wait for a sale | you need this | i would not part with it | best purchase of the year
        it made my week | i live in it now
    """),
    "neutral": lines("""
        i am on the fence | it is fine, nothing more | i may keep it, i may not | i do not love it and i do not hate it
        middle of the road | i would wait for a sale | it will do | keeping it, though without much joy | i am torn
        not a favorite, not a regret | i expected more, but it is wearable | ask me again in a month | so-so
        i might have kept it in another size | average at best, acceptable at worst | it depends on your taste
        no strong feelings | i have better ones and i have worse ones | ok for the office and not much else
        i keep going back and forth | i neither recommend it nor warn you off | could be better, could be worse
        three stars feels about right | passable
    """),
    "negative": lines("""
        it is going back | i am not keeping it | i ordered one and wish i had not | keeping it is out of the question
        i regret this one | i would not buy it again | you will be sorry | i have not worn it since | i cannot recommend it
        i do not understand why anyone would keep it | it never stopped disappointing | my only regret is buying it at all
        it hangs there with the tags on | it will not stay in my closet | nobody paid me a compliment | not worth a penny
        i was ready to love it and then i tried it on, so back it goes | pass on it | a waste of money
        i could not be less happy | every one i own beats it | do not bother
        i should have waited for a sale, or better, not bought it | nobody needs this | i could not part with it fast enough
        worst purchase of the year | it spoiled my week | straight to the donation bin
    """),
}

# Titles say little on their own: some carry a polarity, most do not.
TITLES: Final = {
    "positive": lines("""
        could not be happier | no complaints | so glad i tried it | better than the picture | not your average {g} | yes!
        i was wrong to doubt it | never taking it off | a keeper | surprise hit | love, love | beats my old {g}
    """),
    "neutral": lines("""
        not sure | almost | nice but | so close | mixed feelings | ok {g} | depends | half and half | just fine
        meh, yet wearable | could go either way | good idea, but
    """),
    "negative": lines("""
        could be happier | so many complaints | wish i had not tried it | not like the picture | your average {g}, or worse
        no! | i was right to doubt it | never again | not a keeper | sad miss | wanted to love it | my old {g} beats it
    """),
}
PLAIN_TITLES: Final = lines("""
    {g} | my {g} review | about this {g} | new {g} | {g} for work | weekend {g} | thoughts on this {g} | after a month
    petite review | tall girl here | first time with this brand | {g} in person | for a wedding | read before you order
    my two cents | long time customer | the {g} everyone talks about | sizing notes
""")

# Facts that say nothing about the opinion.
FILLERS: Final = lines("""
    i am {f}'{i}" and usually wear a {z}
    i ordered the {z} online
    i bought this {g} for a wedding in {m}
    i have worn it with jeans and with a skirt
    for reference, i am {lb} lbs and took the {z}
    i saw it in the store in {m} and then ordered it
    my daughter borrowed it in {m}
    it comes with a thin belt
    the tag says "{z}"
    i own several {g} styles from this brand
    i wore it to work on a {w}
    it hits me just {k}
    the model in the photo seems to be about {f}'{i}"
    it arrived on a {w}
    i tried the {z} and one size up
    i am {y} years old and buy a lot of clothes here
""")

SIZES: Final = lines("xs | small | medium | large | xl | petite small | petite medium | 2 | 4p | 6 | 8 | 10 | 12")
MONTHS: Final = lines("january | march | april | may | june | july | august | october | december")
WEEKDAYS: Final = lines("monday | tuesday | thursday | friday | saturday")
KNEES: Final = lines("above the knee | below the knee | at the hip | at mid calf | at the ankle")
OPENERS: Final = lines("so, | well, | ok: | honestly, | hello all, | here goes: | to be fair, | update: | first,")

# Department -> share of all rows and its classes, about as in a women's clothing shop.
DEPARTMENTS: Final[dict[str, tuple[float, dict[str, float]]]] = {
    "Tops": (44.6, {"Knits": 46, "Blouses": 30, "Sweaters": 14, "Fine gauge": 10}),
    "Dresses": (26.9, {"Dresses": 100}),
    "Bottoms": (16.1, {"Pants": 37, "Jeans": 31, "Skirts": 24, "Shorts": 8}),
    "Intimate": (7.4, {"Lounge": 40, "Swim": 20, "Sleep": 14, "Legwear": 9, "Intimates": 9, "Layering": 8}),
    "Jackets": (4.5, {"Jackets": 68, "Outerwear": 32}),
    "Trend": (0.5, {"Trend": 100}),
}
GARMENTS: Final = {
    "Knits": "knit top", "Blouses": "blouse", "Sweaters": "sweater", "Fine gauge": "cardigan", "Dresses": "dress", "Pants": "pants",
    "Jeans": "jeans", "Skirts": "skirt", "Shorts": "shorts", "Lounge": "lounge set", "Swim": "swimsuit", "Sleep": "nightgown",
    "Legwear": "leggings", "Intimates": "camisole", "Layering": "layering tank",
    "Jackets": "jacket", "Outerwear": "coat", "Trend": "romper",
}  # fmt: skip
