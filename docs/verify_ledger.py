#!/usr/bin/env python3
"""Checks a ledger that `adaptive-mind ledger export` wrote, with nothing but Python's standard library.

    adaptive-mind ledger export > ledger.ndjson
    python3 verify_ledger.py ledger.ndjson [--key HEX] [--checkpoints FILE]

Checks: every entry's number, link and hash; that the signed checkpoints (those of the export and of FILE)
fit; their Ed25519 signatures (RFC 8032). HEX is the public key as `adaptive-mind ledger key` prints it and
should come from elsewhere; without it the key inside each checkpoint is used, which shows only that they
were not damaged. Exit 0: whole. Exit 1: the first bad entry is named. docs/ledger.md has the format.
"""
import argparse, hashlib, json, re, sys

P = 2**255 - 19                                   # the field of Ed25519
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)                    # a square root of -1

def add(a, b):                                    # points as (x, y), affine: slow and plain
    t = D * a[0] * b[0] * a[1] * b[1] % P
    return ((a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, P) % P,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P)

def times(n, a):
    total = (0, 1)
    while n:
        if n & 1:
            total = add(total, a)
        a, n = add(a, a), n >> 1
    return total

def point(data):                                  # RFC 8032, 5.1.3
    y = int.from_bytes(data, 'little')
    sign, y = y >> 255, y & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * ROOT % P
    if (x * x - xx) % P or (x == 0 and sign):
        return None
    return (P - x if x & 1 != sign else x, y)

BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, 'little'))

def signed(key, signature, message):              # RFC 8032, 5.1.7
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], 'little')
    if a is None or r is None or len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), 'little') % L
    return times(s, BASE) == add(r, times(h, a))

def fail(seq, why):
    print(f'entry {seq} is the first bad one: {why}')
    sys.exit(1)

parser = argparse.ArgumentParser()
parser.add_argument('export')
parser.add_argument('--key')
parser.add_argument('--checkpoints')
options = parser.parse_args()

entries, checkpoints, removals, hashes = 0, [], {}, {}
first = prev = journal = None
with open(options.export, encoding='utf-8', newline='\n') as lines:
    for line in lines:
        line = line.rstrip('\n')
        if line.startswith('{"checkpoint":'):
            checkpoints.append(json.loads(line)['checkpoint'])
            continue
        want = entries + (first or 1)
        match = re.fullmatch(r'(.*),"hash":"([0-9a-f]{64})"\}', line, re.S)
        if not match:
            fail(want, 'its line is not an entry')
        text, found = match[1] + '}', match[2]
        entry = json.loads(text)
        if first is None:                          # retention may have removed the beginning
            first, want, journal, prev = entry['seq'], entry['seq'], entry['journalId'], entry['prevHash']
            before = prev
            if first == 1 and prev != '0' * 64:
                fail(1, 'the first entry must continue 64 zeros')
        if entry['seq'] != want:
            fail(want, f"it is missing: {entry['seq']} stands in its place")
        if entry['journalId'] != journal:
            fail(want, 'it belongs to another journal')
        if entry['prevHash'] != prev:
            fail(want, 'it does not continue the entry before it')
        if hashlib.sha256(b'\0' + bytes.fromhex(prev) + text.encode()).hexdigest() != found:
            fail(want, 'its text was changed')
        if entry.get('kind') == 'audit' and entry['action'] == 'entries_removed':
            removals[entry['detail']['throughSeq']] = entry['detail']['throughHash']
        entries, prev = entries + 1, found
        hashes[want] = found

if options.checkpoints:
    with open(options.checkpoints, encoding='utf-8') as lines:
        checkpoints += [json.loads(line) for line in lines if line.startswith('{') and line.endswith('}\n')]
fits = 0
for one in sorted({json.dumps(c): c for c in checkpoints}.values(), key=lambda c: c['size']):
    if journal is not None and one['journalId'] != journal:
        continue
    message = f"adaptive-mind checkpoint 1\n{one['journalId']}\n{one['size']}\n{one['root']}\n{one['atUtc']}\n"
    key = bytes.fromhex(options.key or one['key'])
    if not signed(key, bytes.fromhex(one['signature']), message.encode()):
        fail(one['size'], f"its checkpoint of {one['atUtc']} is not signed by this key")
    if one['size'] > (first or 1) + entries - 1:
        fail((first or 1) + entries, f"it is missing: a checkpoint covers {one['size']} entries")
    if hashes.get(one['size'], one['root']) != one['root']:
        fail(one['size'], f"or one before it was written anew: its checkpoint of {one['atUtc']} has another hash")
    fits += one['size'] in hashes
if first and first > 1:
    if max(removals, default=0) < first - 1:
        fail(max(removals, default=0) + 1, 'it is missing, and no note of its removal is there')
    if removals.get(first - 1, before) != before:
        fail(first, 'it does not continue the entries that were removed')
print(f"whole: {entries} entries, {fits} checkpoints, signatures checked {'with the given key' if options.key else 'with the keys inside'}")
