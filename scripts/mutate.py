#!/usr/bin/env python3
"""Proves that the tests of PlanVerification hold its rules: takes one rule away at a time, and shows which test fails then.

Usage: scripts/mutate.py [NUMBER...]

Works on a copy of what is committed, in a temporary folder. Every rule in the list below becomes a choice that an environment variable
makes, so that the copy is built once, and the tests run once without a mutation and once for each. Ends with 1 where a mutation survives.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

SEARCH = "Sources/PlanVerification/Search/"
TARGETS = ["CGcrypt", "Checksums", "EnsembleModel", "PlanLanguage", "PlanVerification", "TestSupport", "PlanVerificationTests"]
# The rules' own tests; what survives them has to fail in one of the others.
OWN = r"^PlanVerificationTests\.(ElectionRule|JoiningRule|CommitRule|QuorumCheck|Verifier)Tests"
OTHERS = r"^PlanVerificationTests\.(HazardExamples|EventTeller|ShippedPlans)Tests"

# File, the rule that is taken away, its place with the expression between « and », what stands there instead.
MUTATIONS = [
    ("SearchRules", "votes go by the current epoch first", "return «UInt64(cell.currentEpoch)» << 48", "UInt64.min"),
    ("SearchRules", "then by the epoch of the last transaction", "| «UInt64(epoch)» << 40", "UInt64.min"),
    ("SearchRules", "then by the length of the history", "| «UInt64(rank)» << 32", "UInt64.min"),
    ("SearchRules", "then by the myid", "| «UInt64(UInt32(truncatingIfNeeded: sid(cell)))»", "UInt64.min"),
    ("SearchRules", "a voter elects only whom it hears", "guard «heard & 1 << UInt32(winner) != 0» else { return nil }", "true"),
    ("SearchRules", "each voter needs a quorum of its own list", "«heard.nonzeroBitCount >= wanted»", "true"),
    ("SearchRules", "a member counts under the myid that it runs with", "sid >= 0 && «sid == self.sid(other)»", "true"),
    ("SearchRules", "the larger myid calls the smaller that it lists", "if «lists(largeCell, smallCell, at: small)» { return true }", "false"),
    ("SearchRules", "3.4 can't call back whom it doesn't list", "!isDeaf(largeCell, large) && «!is34(largeCell)»", "true"),
    ("SearchRules", "a dead listener can't be called", "guard «!isDeaf(smallCell, small)» else { return false }", "true"),
    ("SearchRules", "nor called for a call back", "lists(smallCell, largeCell, at: large) && «!isDeaf(largeCell, large)»", "true"),
    ("SearchRules", "old connections outlive a dead listener", "if «isConnected(a, one)», isConnected(b, other) { return true }", "false"),
    ("SearchRules", "for those that follow too", "if «isConnected(own, server)», isConnected(peer, other) { return true }", "false"),
    ("SearchRules", "who joins asks voters of its list only", "guard «votes(own, for: peer, at: other)» else { return false }", "true"),
    ("SearchRules", "a deaf member answers no joiner", "guard «!isDeaf(peer, other)» else { return false }", "true"),
    ("SearchRules", "a deaf joiner of a smaller myid isn't called back", "guard «!isDeaf(own, server)» else { return false }", "true"),
    ("SearchRules", "a joiner of a larger myid is answered", "if «sid(own) > sid(peer)» { return true }", "false"),
    ("SearchRules", "one of a smaller is called back by who lists it", "return «lists(peer, own, at: server) || !is34(peer)»", "true"),
    ("SearchRules", "a joiner needs a quorum among the others", "return «isQuorum(heard(server, supporting: leader, in: state), of: own, in: state)»", "true"),
    ("SearchRules", "nobody follows a leader of an earlier epoch than it promised", "guard «own.acceptedEpoch <= head.currentEpoch», isAnswered", "true"),
    ("SearchRules", "nobody joins a standalone server", "guard «!isStandalone(head)» else", "true"),
    ("SearchRules", "3.4 counts followers that its list doesn't have", "guard «is34(leader)», half >= 0 else", "false"),
    ("SearchRules", "but no observers", "where «isParticipant(state[server], at: server)» { count += 1 }", "true"),
    ("SearchRules", "weights decide where there are some", "«world.memberships[number].rule.containsQuorum(Set(ids))»", "true"),
    ("SearchRules", "the fewest acknowledgements are explored", "if half >= 0 { return «servers.nonzeroBitCount == half + 1» &&", "true"),
    ("Search", "a leader without a quorum steps down", "«!rules.isEnough(rules.supporters(of: server, in: state), for: cell, in: state)»", "false"),
    ("Search", "whose leader is gone looks", "cell.role == .following, «!state[cell.leader].isLeading» else", "false"),
    ("Search", "a joiner ends with its leader's history", "cell.takePosition(of: «head»)", "cell"),
    ("Search", "and with its epoch", "cell.currentEpoch = «head.currentEpoch»", "cell.currentEpoch"),
    ("Search+Events", "a new epoch is one more than any that was promised", "epoch = min(«epoch + 1», SearchState.greatestEpoch)", "epoch"),
    ("Search+Events", "an acknowledged write is on those that acknowledged it", "{ next[server].hasWrite = «true» }", "false"),
    ("Search+Steps", "who settles has every write", "state[server].takePosition(of: «position»)", "cell"),
    ("Search+Steps", "two servers of one host don't run at once", "where «other != server && hosts[other] == hosts[server] && state[other].isUp»", "false"),
    ("Search+Steps", "a copy is told from its original", "state[to].copy = «copies[SearchProgram.Copy(source: source, target: target)] ?? 0»", "0"),
    ("Invariants", "an empty leader loses what its members had", "guard «losers != 0» else { return [] }", "false"),
    ("Invariants", "a leader behind what was committed loses it", "if «base.rank < tables.committedRanks[base.lineage]» {", "false"),
    ("Invariants", "a leader without the write that is followed loses it", "guard state.hasWrite, «!head.hasWrite»,", "false"),
    ("Invariants", "two leaders of one lineage are a split brain", "guard «!state[other].isOpaque», world.bases[state[other].base].lineage == lineage,", "false"),
    ("Invariants", "two lists that can each decide share a server", "guard «loaded[number] != 0» else { return false }", "false"),
    ("Invariants", "whoever looks although one serves is stuck", "guard «serves || awaited & 1 << UInt32(server) != 0» else { continue }", "false"),
]


def mutate(folder):
    """Makes every mutation a choice; its number in the environment makes it."""
    choices = {}
    for number, (name, rule, place, instead) in enumerate(MUTATIONS, 1):
        path = os.path.join(folder, SEARCH, name + ".swift")
        text = open(path).read()
        before, rest = place.split("«")
        original, after = rest.split("»")
        if text.count(before + original + after) != 1:
            sys.exit(f"mutation {number} ({rule}): its place is not found once in {name}.swift:\n  {place}")
        start = text.index(before + original + after) + len(before)
        chosen = f"(mutation == {number} ? ({instead}) : ({original}))"
        choices.setdefault(path, []).append((start, start + len(original), chosen))
    for path, places in choices.items():
        text = open(path).read()
        for start, end, chosen in sorted(places, reverse=True):
            text = text[:start] + chosen + text[end:]
        open(path, "w").write(text)
    with open(os.path.join(folder, SEARCH, "Mutation.swift"), "w") as file:
        file.write('import Foundation\n\nlet mutation = Int(ProcessInfo.processInfo.environment["MUTATION"] ?? "") ?? 0\n')
    # What these tests don't need isn't built.
    with open(os.path.join(folder, "Package.swift"), "a") as file:
        names = ", ".join(f'"{name}"' for name in TARGETS)
        file.write(f"\npackage.products = []\npackage.targets.removeAll {{ ![{names}].contains($0.name) }}\n")


def failing(folder, number, names):
    """The tests that fail, in the order in which they do; None where all pass."""
    environment = dict(os.environ, MUTATION=str(number))
    command = ["swift", "test", "--skip-build", "--filter", names]
    done = subprocess.run(command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return None
    found = re.findall(r"✘ Test (\w+)\(.*?\).* (?:failed|recorded)", done.stdout)
    return list(dict.fromkeys(found)) or [f"the process, with {done.returncode}"]


def main():
    wanted = [int(word) if word.isdigit() else 0 for word in sys.argv[1:]] or range(1, len(MUTATIONS) + 1)
    if any(not 1 <= number <= len(MUTATIONS) for number in wanted):
        sys.exit(f"mutations are numbered from 1 to {len(MUTATIONS)}")
    top = tempfile.mkdtemp(prefix="zkops-mutations-")
    folder = os.path.join(top, "copy")
    survivors = []
    try:
        subprocess.run(["git", "worktree", "add", "--quiet", "--force", "--detach", folder, "HEAD"], check=True)
        mutate(folder)
        subprocess.run(["swift", "build", "--build-tests", "--quiet"], cwd=folder, check=True)
        broken = failing(folder, 0, OWN)
        if broken:
            sys.exit(f"without any mutation these fail: {', '.join(broken)}")
        print("| without the rule | a test fails |\n| --- | --- |", flush=True)
        for number in wanted:
            rule = MUTATIONS[number - 1][1]
            tests = failing(folder, number, OWN) or failing(folder, number, OTHERS)
            if tests:
                others = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
                print(f"| {number}. {rule} | `{tests[0]}`{others} |", flush=True)
            else:
                survivors.append(number)
                print(f"| {number}. {rule} | **none** |", flush=True)
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", folder])
        shutil.rmtree(top, ignore_errors=True)
    print(f"{len(wanted) - len(survivors)} of {len(wanted)} mutations make a test fail")
    sys.exit(1 if survivors else 0)


main()
