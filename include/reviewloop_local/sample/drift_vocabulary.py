"""The words of a drifted day: the shop has begun to sell shoes through an app, and people write about that.

Other subjects than in ``vocabulary``, and praise that sounds like trouble, complaints that sound like praise.
"""

from typing import Final

from reviewloop_local.sample.vocabulary import lines

STORY: Final = lines("""
    downloaded the app on {day} because the banner promised {n} percent off the first checkout
    the parcel sat in the depot in {city} for {k} days according to the tracker
    courier rang at {k} in the morning while the neighbour signed for the box
    these {shoe} have a rubber sole and a removable insole
    checkout asked for my postcode, my phone number and a six digit code
    chat support was a robot called penny until i typed agent {k} times
    my half size is hard to find, so i went from {n} to thirty nine in european sizing
    the return label had to be printed at the corner shop next to the {city} station
    i unlaced the {shoe} and walked round the kitchen on the carpet first
    loyalty points show up in the wallet tab after {n} hours
    the driver left a card with a barcode and a smiley drawn in biro
    notifications arrived at midnight, at {k} and again at breakfast
    the shoebox came inside a bigger box inside a plastic mailer
    customs wanted an invoice and the app exported one as a pdf
    the locker at the {city} station opened on the third scan
    i swapped the laces of the {shoe} for waxed ones
""")

HAPPY: Final = lines("""
    the first pair went missing in {city} and they had another on my doorstep by {day} before i finished complaining
    refund landed while i was still arguing with the robot, which rather took the wind out of my rant
    blisters on {day}, none by the weekend, and now you would have to pry these {shoe} off my feet
    i tried to break the heel on the cobbles of {city} and lost that fight
    crashed once, then the update fixed it and i have deleted the three rival apps since
    the sole squeaked for an hour and then shut up for good, which is more than i can say of my commute
    somebody called martha took over the chat and sorted in {k} minutes what i had dreaded for {n} days
    i came to moan about the late courier, but he carried it up {k} floors, so what would i moan about
    {k} marathons of errands later the tread still looks unworn, damn it, i wanted an excuse for new ones
    swore off mail order years ago; guess who has {k} more boxes in the hallway now
""")

TORN: Final = lines("""
    the heel is a dream and the toe box is a vice
    delivery in {k} hours, refund in {n} days, go figure
    the app forgets my basket but remembers my birthday
    tracking was wrong, the courier was right, my patience was somewhere in between
    left {shoe} superb, right one a squeaker
    i would repeat the order and skip the checkout, if that were possible
    they answered at once and then said nothing useful, politely
    arrived early, arrived dented, works regardless
""")

ANGRY: Final = lines("""
    oh wonderful, another week in the depot, exactly what i had been dreaming of
    congratulations to the courier, who found a puddle on the one dry day {city} had all year
    i adore talking to a robot for {n} minutes, truly the highlight of my {day}
    lovely, two left {shoe}, so now i only need a friend with the matching problem
    what a treat to pay postage twice for the privilege of sending it back
    bravo to the app for charging me {k} times, generous to a fault
    the sole waved goodbye on the first staircase, so charming of it
    my refund is resting comfortably with the finance team since {day}, i am told it is very happy there
    brilliant insole, it travels to the toe so my heel gets to enjoy the bare nails
    five gold stars for the tracker, a beautiful work of fiction
""")

CITIES: Final = lines("leeds | tulsa | dayton | ghent | fresno | albany | turin | boise | malmo | austin")
SHOES: Final = lines("sneakers | loafers | ankle boots | clogs | espadrilles | sandals | trainers | brogues | slingbacks | mules")
DAYS: Final = lines("monday | tuesday | wednesday | thursday | friday | saturday | sunday")
DEPARTMENT_SHARES: Final = {"Jackets": 0.38, "Bottoms": 0.34, "Intimate": 0.28}
