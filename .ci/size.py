"""Checks what `sam build` made: every function an arm64 executable named bootstrap, zipped within its budget.

    python size.py BUILD_DIR
"""

import io
import pathlib
import sys
import zipfile

# Bytes of zip. The hot functions' bound is a promise: it is what a cold start has to fetch.
HOT = {"PixelFunction", "RedirectFunction", "CollectFunction", "KpiFunction"}
HOT_LIMIT, LIMIT = 3_200_000, 6_000_000
# Parquet and the report's page; started by a schedule, where nobody waits.
LIMITS = {"ReportFunction": 8_500_000, "ApiFunction": 6_500_000}
# Hot too, with every provider's reader and that of files of ad spend.
LIMITS["WebhookFunction"] = 3_600_000
# Runs every minute while figures move.
LIMITS["AlertFunction"] = 4_000_000
ARM64 = 0xB7  # e_machine of an ELF header, at byte 18


def zipped(path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.write(path, "bootstrap")
    return out.tell()


def check(folder):
    binary = folder / "bootstrap"
    head = binary.read_bytes()[:20]
    size, limit = zipped(binary), HOT_LIMIT if folder.name in HOT else LIMITS.get(folder.name, LIMIT)
    print(f"{folder.name}: {size:,} of {limit:,} bytes zipped")
    if head[:4] != b"\x7fELF" or head[18] != ARM64:
        return f"{folder.name}: bootstrap is no arm64 executable"
    return f"{folder.name}: {size - limit:,} bytes over its budget" if size > limit else None


folders = sorted(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.is_dir())
wrong = [w for w in map(check, folders) if w]
if missing := HOT - {f.name for f in folders}:
    wrong.append(f"not built: {', '.join(sorted(missing))}")
if wrong:
    sys.exit("\n".join(wrong))
