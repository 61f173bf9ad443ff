"""Pastes what scopedown emits into the template it was made from, as a person would, and has the result
checked: roles by cfn-lint, SAM policies by the SAM translator and then by cfn-lint. What cfn-lint already
says of the template as it stands is not counted.

    python check.py SCOPEDOWN TEMPLATE...

A template that scopedown refuses (status 2) has nothing to paste and is named. Ends with status 1 when a
check failed, or when no template at all was checked.
"""

import copy
import json
import logging
import os
import re
import subprocess
import sys

# The translator asks for the region that it would deploy to.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from cfnlint.api import lint
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

logging.disable(logging.WARNING)
FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")


class Refused(Exception):
    """scopedown could not answer for this template."""


def main(scopedown, templates):
    failures, checked = [], 0
    for path in templates:
        try:
            problems = check(scopedown, path)
        except Refused as refused:
            print(f"  -  {path}: {refused}")
            continue
        checked += 1
        print(f"  {'x' if problems else 'ok'} {path}")
        failures += [f"{path}: {problem}" for problem in problems]
    for failure in failures:
        print(failure)
    print(f"{checked} templates pasted and checked, {len(failures)} problems")
    return 1 if failures or not checked else 0


def check(scopedown, path):
    emitted = generate(scopedown, path, "cloudformation")
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    roles = paste_roles(copy.deepcopy(template), emitted)
    problems = {f"cloudformation: {new}" for new in complaints(roles) - known(template, complaints)}
    if is_sam(template):
        policies = paste_policies(copy.deepcopy(template), generate(scopedown, path, "sam"))
        before = known(template, complaints_of_sam)
        problems |= {f"cloudformation: {new}" for new in complaints_of_sam(roles) - before}
        problems |= {f"sam: {new}" for new in complaints_of_sam(policies) - before}
    return sorted(problems)


def known(template, judge):
    """What is wrong with the template as it stands, and when nothing is said of roles: a policy that cannot be
    read hides what else is wrong."""
    bare = copy.deepcopy(template)
    for resource in resources(bare):
        if resource.get("Type") in FUNCTIONS:
            resource.get("Properties", {}).pop("Policies", None)
    return judge(template) | judge(bare)


def generate(scopedown, path, form):
    command = [scopedown, "generate", "--quiet", "--exit-zero", "--format", form, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 2:
        raise Refused(done.stderr.strip().splitlines()[0])
    if done.returncode:
        raise SystemExit(f"{path}: status {done.returncode}: {done.stderr}")
    return done.stdout


def paste_roles(template, fragment):
    """The resources go below the others; each function gets the role that the header names for it."""
    template["Resources"].update(yaml_parse(fragment)["Resources"])
    for name, role in re.findall(r"^#   (\w+): Role: !GetAtt (\w+)\.Arn$", fragment, re.MULTILINE):
        properties = template["Resources"][name]["Properties"]
        properties.pop("Policies", None)
        properties["Role"] = {"Fn::GetAtt": [role, "Arn"]}
    return template


def paste_policies(template, fragment):
    for name, resource in (yaml_parse(fragment)["Resources"] or {}).items():
        if "Type" in resource:
            template["Resources"][name] = resource
        else:
            properties = template["Resources"][name]["Properties"]
            properties.pop("Role", None)
            properties.update(resource["Properties"])
    for name in re.findall(r"^  # Remove (\w+) from the template", fragment, re.MULTILINE):
        del template["Resources"][name]
    return template


def is_sam(template):
    return "Transform" in template and any(r.get("Type") == "AWS::Serverless::Function" for r in resources(template))


def resources(template):
    """Those that are written out: a loop over resources is a list."""
    return [resource for resource in template["Resources"].values() if isinstance(resource, dict)]


def translate(template):
    """As the service would, with code that has been uploaded."""
    template = copy.deepcopy(template)
    properties = [template.get("Globals", {}).get("Function", {})]
    properties += [r.setdefault("Properties", {}) for r in resources(template) if r.get("Type") in FUNCTIONS]
    for each in properties:
        if isinstance(each.get("CodeUri"), str) and not each["CodeUri"].startswith("s3://"):
            each["CodeUri"] = "s3://bucket/key"
    for resource in resources(template):
        if resource.get("Type") == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = "s3://bucket/key"
        if resource.get("Type") == "AWS::Serverless::StateMachine" and "DefinitionUri" in resource["Properties"]:
            resource["Properties"]["DefinitionUri"] = "s3://bucket/key"
    parameters = {
        name: parameter.get("Default", "value") for name, parameter in template.get("Parameters", {}).items()
    }
    return transform(template, parameters, ManagedPolicies())


def complaints_of_sam(template):
    """What is wrong with what the template becomes, or why it becomes nothing."""
    try:
        return complaints(translate(template))
    except Exception as error:
        return {f"not translated: {getattr(error, 'message', error)}"}


class ManagedPolicies:
    """The translator looks the ARNs of managed policies up in the account; any ARN will do here."""

    def load(self):
        return _AnyPolicy()


class _AnyPolicy(dict):
    def get(self, name, default=None):
        return f"arn:aws:iam::aws:policy/{name}" if isinstance(name, str) else default

    def __contains__(self, name):
        return isinstance(name, str)

    def __getitem__(self, name):
        return self.get(name)


def complaints(template):
    """cfn-lint's errors, without the places, which pasting moves, and without the lists of what there is."""
    found = lint(json.dumps(template, default=str), regions=["us-east-1"])
    errors = (match for match in found if match.rule.severity == "error")
    return {f"{match.rule.id} {re.sub(r'is not one of .*', 'is unknown', match.message)}" for match in errors}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
