"""Solves a CUDF problem with libsolv and prints, as JSON, what its solve step took and what came out.

Reading the problem and building the pool are not timed. libsolv has no objectives to be told: it takes the newest versions
and changes little, but proves nothing. Usage: libsolv.py PROBLEM REPEAT
"""

import json
import re
import sys
import time

import solv

RELATIONS = {
    '=': solv.REL_EQ,
    '>=': solv.REL_GT | solv.REL_EQ,
    '<=': solv.REL_LT | solv.REL_EQ,
    '>': solv.REL_GT,
    '<': solv.REL_LT,
    '!=': solv.REL_LT | solv.REL_GT,
}


def stanzas(path):
    stanza = {}
    with open(path, encoding='utf8') as lines:
        for line in lines:
            line = line.rstrip('\n')
            if line == '':
                if stanza:
                    yield stanza
                stanza = {}
            elif not line.startswith('#'):
                key, _, value = line.partition(': ')
                stanza[key] = value
    if stanza:
        yield stanza


def atom(pool, text):
    """`name`, or `name >= 3`."""
    match = re.fullmatch(r'(\S+)(?: (=|>=|<=|>|<|!=) (\d+))?', text.strip())
    if match is None:
        raise ValueError('not an atom: ' + text)
    name, relation, version = match.groups()
    dep = pool.Dep(name)
    return dep if relation is None else dep.Rel(RELATIONS[relation], pool.Dep(version))


def formula(pool, text):
    """Alternatives between bars."""
    alternatives = [atom(pool, part) for part in text.split(' | ')]
    dep = alternatives.pop()
    for other in reversed(alternatives):
        dep = other.Rel(solv.REL_OR, dep)
    return dep


def split(text):
    return [part for part in text.split(', ') if part != '']


def main():
    path, repeat = sys.argv[1], int(sys.argv[2])
    with open(path, encoding='utf8') as lines:
        operation = lines.readline()[2:].strip()
    pool = solv.Pool()
    system = pool.add_repo('system')
    offered = pool.add_repo('offered')
    pool.installed = system
    properties, costs, jobs = [], {}, []
    for stanza in stanzas(path):
        if 'preamble' in stanza or 'property' in stanza:
            properties = [part.split(':')[0] for part in split(stanza.get('property', ''))]
        elif 'package' in stanza:
            name, version = stanza['package'], stanza['version']
            solvable = (system if stanza.get('installed') == 'true' else offered).add_solvable()
            solvable.name, solvable.evr, solvable.arch = name, version, 'noarch'
            solvable.add_provides(pool.Dep(name).Rel(solv.REL_EQ, pool.Dep(version)))
            for part in split(stanza.get('depends', '')):
                solvable.add_requires(formula(pool, part))
            for part in split(stanza.get('conflicts', '')):
                # That versions of one name exclude each other is a rule of libsolv itself.
                if part != name:
                    solvable.add_conflicts(atom(pool, part))
            costs[solvable.id] = [int(stanza.get(key, 0)) for key in properties]
        elif 'request' in stanza:
            for part in split(stanza.get('install', '')):
                jobs.append(pool.Job(solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE_PROVIDES, formula(pool, part).id))
            for part in split(stanza.get('upgrade', '')):
                jobs.append(pool.Job(solv.Job.SOLVER_UPDATE | solv.Job.SOLVER_SOLVABLE_PROVIDES, formula(pool, part).id))
            for part in split(stanza.get('remove', '')):
                jobs.append(pool.Job(solv.Job.SOLVER_ERASE | solv.Job.SOLVER_SOLVABLE_PROVIDES, formula(pool, part).id))
            if operation == 'update' and not any(key in stanza for key in ('install', 'upgrade')):
                jobs.append(pool.Job(solv.Job.SOLVER_UPDATE | solv.Job.SOLVER_SOLVABLE_ALL, 0))
    started = time.perf_counter()
    pool.createwhatprovides()
    indexed = 1000 * (time.perf_counter() - started)
    times = []
    for _ in range(repeat):
        solver = pool.Solver()
        solver.set_flag(solv.Solver.SOLVER_FLAG_ALLOW_DOWNGRADE, 1)
        started = time.perf_counter()
        problems = solver.solve(jobs)
        times.append(1000 * (time.perf_counter() - started))
    values = [0] * len(properties)
    if not problems:
        transaction = solver.transaction()
        for solvable in transaction.newsolvables() + transaction.keptsolvables():
            values = [a + b for a, b in zip(values, costs[solvable.id])]
    answer = {'milliseconds': times, 'indexed': indexed, 'found': not problems, 'values': dict(zip(properties, values))}
    print(json.dumps(answer))


main()
