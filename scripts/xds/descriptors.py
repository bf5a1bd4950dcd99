"""Print every FileDescriptorProto of a wheel of generated protobuf code, one base64 line each.

The modules are read as text and never imported, so neither protobuf nor grpc needs to be installed.
"""

import ast
import base64
import re
import sys
import zipfile

CALL = re.compile(r"AddSerializedFile\((b(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))\)")

with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.endswith("_pb2.py"):
            call = CALL.search(wheel.read(name).decode("utf-8"))
            if call:
                print(base64.b64encode(ast.literal_eval(call.group(1))).decode("ascii"))
