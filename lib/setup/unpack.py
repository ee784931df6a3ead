"""Unpacks the members of a wheel or a gzipped tar whose names match a pattern.

Usage: unpack.py ARCHIVE FOLDER PATTERN [PREFIX]; PREFIX is cut from the names.
"""
import os
import re
import shutil
import sys
import tarfile
import zipfile


def main(archive, folder, pattern, prefix=""):
    wanted = re.compile(pattern)
    count = 0

    def write(name, source, mode):
        nonlocal count
        relative = name[len(prefix):]
        target = os.path.normpath(os.path.join(folder, relative))
        if not target.startswith(os.path.abspath(folder) + os.sep):
            raise SystemExit("Cannot unpack %s: member %s leaves the folder" % (archive, name))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        os.chmod(target, mode)
        count += 1

    if archive.endswith(".whl"):
        with zipfile.ZipFile(archive) as wheel:
            for info in wheel.infolist():
                if not info.is_dir() and wanted.search(info.filename):
                    mode = 0o755 if (info.external_attr >> 16) & 0o111 else 0o644
                    with wheel.open(info) as source:
                        write(info.filename, source, mode)
    else:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if member.isfile() and wanted.search(member.name):
                    write(member.name, tar.extractfile(member), 0o644)
    if count == 0:
        raise SystemExit("Cannot unpack %s: found no member that matches %s" % (archive, pattern))


main(sys.argv[1], os.path.abspath(sys.argv[2]), *sys.argv[3:])
