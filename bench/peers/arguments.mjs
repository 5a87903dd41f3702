// The command line of the scripts in this folder: `--name value`, `--flag`, one-letter options as in llama.cpp, and positions.

import { parseArgs } from 'node:util';

/**
 * Reads process.argv by a table { name: { short, default, description, number, counts, least, flag } }.
 * A number is whole and at least `least` (1); counts are several of them.
 * Numbers are checked here, so that the scripts never see NaN. `--help` prints the table and leaves with 0; wrong use leaves with 2.
 *
 * @param {string} usage one line: what comes after `node`
 * @param {Record<string, {short?: string, default?: string | number, description: string, number?: boolean, counts?: boolean, least?: number, flag?: boolean}>} table
 * @param {number} positions how many arguments without a name there must be
 */
export function readArguments(usage, table, positions = 0) {
  const options = { help: { type: 'boolean', short: 'h' } };
  for (const [name, { short, flag }] of Object.entries(table))
    options[name] = { type: flag ? 'boolean' : 'string', ...(short && { short }) };

  let parsed;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    leaveWith(`${error.message}\nusage: node ${usage}`);
  }
  if (parsed.values.help) {
    console.log(`usage: node ${usage}\n${describe(table)}`);
    process.exit(0);
  }
  if (parsed.positionals.length !== positions)
    leaveWith(`expected ${positions} argument(s) without a name, got ${parsed.positionals.length}\nusage: node ${usage}`);

  const values = {};
  for (const [name, option] of Object.entries(table)) values[name] = valueOf(name, parsed.values[name] ?? option.default, option);
  return { ...values, positions: parsed.positionals };
}

function valueOf(name, given, { number, counts, least = 1, flag }) {
  if (flag) return given === true;
  if (given === undefined) return undefined;
  if (counts) return String(given).split(',').map(part => toCount(name, part, least));
  return number ? toCount(name, given, least) : given;
}

function toCount(name, given, least) {
  const value = given === '' ? NaN : Number(given);
  if (!Number.isInteger(value) || value < least) leaveWith(`--${name} must be a whole number of at least ${least}, not '${given}'`);
  return value;
}

function describe(table) {
  return Object.entries(table)
    .map(([name, { short, default: standard, description }]) =>
      `  ${`${short ? `-${short}, ` : ''}--${name}`.padEnd(22)} ${description}${standard === undefined ? '' : ` (default ${standard})`}`)
    .join('\n');
}

/** Wrong use: the reason on stderr, exit code 2. */
export function leaveWith(message) {
  console.error(message);
  process.exit(2);
}
