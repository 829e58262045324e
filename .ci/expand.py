"""Prints template.yaml as CloudFormation will see it, so that cfn-lint reads the IAM actions and the generated resources too.

    python expand.py template.yaml > expanded.json
"""

import json
import sys

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

template = yaml_parse(open(sys.argv[1], encoding="utf-8").read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        # The transform wants to see uploaded code; `sam package` writes such an address here.
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
session = boto3.session.Session(region_name="us-east-1")
values = {name: p.get("Default", "") for name, p in template["Parameters"].items()}
json.dump(Translator({}, Parser(), boto_session=session).translate(template, values), sys.stdout, indent=1)
