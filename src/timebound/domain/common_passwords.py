"""Passwords that everybody tries first, however they are dressed up."""

import re
from collections.abc import Iterator
from typing import Final

_LISTED: Final = """
abc abcabc abcd abcde abcdef abcdefg abcdefgh access account active admin administrator adobe
alexander alpha amanda america andrea andrew angel angels animal anthony apple april arsenal asdf
asdfg asdfgh asdfghjkl august austin autumn azerty babygirl banana bandit barcelona baseball
basketball batman beautiful benjamin berlin blessed bluesky boomer brandon bubbles buddy buster
butterfly cameron canada carlos casper change changeme charles charlie cheese chelsea chester
chicken chocolate chris christ christian cisco claudia coffee company computer cookie cooper
corvette cowboy cowboys creative crystal dallas daniel daniela david december default demo destiny
diamond dolphin donald dragon eagles edward einstein elephant elizabeth eminem enter everton
exchange family father february ferrari first fishing florida flower flowers football forever
forget frank freedom friday friend friends gandalf garfield george german germany ginger goddess
godzilla golden golfer google grandma guest guitar hallo hammer hannah happy hardcore harley harry
heather heaven hello helloworld hockey home hotmail house hunter iceman iloveu iloveyou india
instagram internet isabella jackson jaguar james january jasmine jason jennifer jessica jesus
johnny jordan joseph joshua july june junior justin killer kitten knight lakers lastname laura
letmein liverpool lizard london lovely loveme lover lucky madison maggie manager march marina
marine marlboro martin master matrix matthew maverick maximus melissa mercedes merlin michael
michelle mickey microsoft midnight miller minecraft monday money monkey monster montreal morgan
mother mustang mynoob natasha nathan network newpassword newyork nicholas nicole ninja nirvana
november october office oliver oracle orange panther pass passcode passord passw password passwort
patrick peaches peanut pepper phoenix player please pokemon police porsche princess private purple
qazwsx qazwsxedc qwaszx qweasd qweasdzxc qwer qwert qwerty qwertyui qwertyuiop qwertz rabbit
rachel raiders rainbow ranger rebecca richard robert rocket ronaldo root rosebud russia sabrina
samantha samsung sandra saturday school scooter scorpion secret secure security september server
shadow shannon shelby sierra silver simple singer slayer smile snoopy soccer sophie spanky sparky
spider spring stanley startrek starwars steelers stella steven student summer sunday sunshine
super superman support sydney system teacher temp temporary tennis test tester testing thomas
thunder thursday tiger tigers tigger tinkerbell toyota trustno tuesday unknown user vampire
vanessa victor victoria viking vincent vmware warrior wednesday welcome whatever william willow
windows winner winston winter wizard xbox yamaha yankees yellow yourname zaq zaqwsx zaqxsw zxcvbn
zxcvbnm
"""
_WORDS: Final = frozenset(_LISTED.split())
"""Words at the heart of what is tried first, in small letters and no more than that."""
_FOLDED: Final = str.maketrans("01345789@$!|+", "oieastbgasiit")
_ENDS: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_TAIL: Final = re.compile(r"[\W\d_]+$")
_FEW: Final = 3
"""As many different characters make no password, however long it is."""


def is_common(password: str) -> bool:
    """Whether a password is a common word with ornaments: `P@ssw0rd!`, `Summer2026`, `Qwerty-123`.

    Source: ASVS 5.0, 6.2.4: what is common is refused. The list is ours.
    """
    return len(set(password.lower())) <= _FEW or any(one in _WORDS for one in _list_cores(password))


def _list_cores(password: str) -> Iterator[str]:
    """What is left once ornaments are gone, in each way of taking them away."""
    lowered = password.lower()
    for core in (_ENDS.sub("", lowered), _TAIL.sub("", lowered), lowered):
        folded = re.sub(r"[^a-z]", "", core.translate(_FOLDED))
        yield from (re.sub(r"[^a-z]", "", core), folded)
        middle = len(folded) // 2
        if folded[:middle] == folded[middle:]:
            yield folded[:middle]
