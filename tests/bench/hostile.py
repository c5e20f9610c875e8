"""The row of hostile replies: hostile.c plays them to the link itself, over each framing."""
import json
import os
import subprocess

from kit import TESTED, Effort, LeftOut, row, tool


def hostile_replies(_):
    """10^6 replies of all kinds of damage mixed with good ones, over each framing: wrong values believed."""
    if not os.path.exists(tool("hostile")):
        raise LeftOut("there is no tool 'hostile' in this build")
    count = Effort.of(1000000, 50000)
    done = subprocess.run(["taskset", "-c", str(TESTED), tool("hostile"), str(count)], stdout=subprocess.PIPE, check=False)
    seen = [json.loads(line) for line in done.stdout.splitlines()]
    if not seen or done.returncode not in (0, 1):
        raise SystemExit(f"bench: hostile ended with {done.returncode} and said {done.stdout.decode()!r}")
    return [row(f"wrong values believed, {one['replies']} hostile replies over {one['framing']}", one["wrong"], "<= 0",
                f"{one['believed']} believed, {one['good']} had nothing wrong; {len(one['hostile'])} kinds of damage") for one in seen]
