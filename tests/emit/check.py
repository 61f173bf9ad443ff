"""Pastes what scopedown emits into the template it was made from, as a person would, and has the result
checked: roles by cfn-lint, SAM policies by the SAM translator and then cfn-lint. What cfn-lint already says
of the template as it stands is not counted.

    python check.py SCOPEDOWN TEMPLATE...
"""

import json
import os
import re
import subprocess
import sys

from cfnlint.api import lint
from samtranslator.translator.transform import transform
from samtranslator.yaml_parse_shim import yaml_parse
