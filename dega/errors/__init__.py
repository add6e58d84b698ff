"""The closed list of what the bank refuses, a file for each part of it; the docstring is the English sentence.

`%(name)s` are values given when it is raised. The Albanian sentence stands in the catalogue; the house tests want both,
and a test that reaches each.
"""

from dega.errors.codes import *
from dega.errors.door import *
from dega.errors.login import *
from dega.errors.messages import *
from dega.errors.orders import *
from dega.errors.passwords import *
from dega.errors.payments import *
from dega.errors.refusal import Refusal as Refusal
from dega.errors.refusal import Refusals as Refusals


def every_refusal() -> list[type[Refusal]]:
    """All refusals of the bank, part by part."""
    return [each for kind in Refusal.__subclasses__() for each in (kind, *kind.__subclasses__())]
