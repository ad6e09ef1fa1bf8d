/** Which ways of writing a text in YAML read back as that text, decided as libyaml decides it for PyYAML. */

/** What a plain scalar is read as something else than a text for (YAML 1.1, as PyYAML resolves it). */
const RESOLVES: readonly RegExp[] = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/,
  /^(?:[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+)$/,
  /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/,
  /^(?:<<|=|~|null|Null|NULL|)$/,
  /^\d{4}-\d\d-\d\d$/,
  /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
];

/** How a text may be written. */
export interface Ways {
  readonly plainInBlock: boolean;
  readonly plainInFlow: boolean;
  readonly single: boolean;
  readonly multiline: boolean;
}

const BREAK = "[\\n\\x85\\u2028\\u2029]";
const NEXT_BLANK = "(?=[\\0 \\t\\r\\n\\x85\\u2028\\u2029]|$)";
const INDICATORS = new RegExp(
  `^(?:---|\\.\\.\\.|[#,[\\]{}&*!|>'"%@\`]|[-?:]${NEXT_BLANK})|:${NEXT_BLANK}|[\\0 \\t\\r\\n\\x85\\u2028\\u2029]#`,
);
const FLOW_INDICATORS = /^[?:]|(?!^)[,?[\]{}:]/;
/** What libyaml never writes as it is; characters past U+FFFF are among it. */
const SPECIAL = /[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

export function waysOf(text: string): Ways {
  const multiline = new RegExp(BREAK).test(text);
  const breakSpace = new RegExp(`${BREAK} `).test(text);
  const unquotable = new RegExp(` ${BREAK}`).test(text) || SPECIAL.test(text);
  const plain = !(multiline || unquotable || /^ | $/.test(text)) && !RESOLVES.some((pattern) => pattern.test(text));
  const inBlock = plain && !INDICATORS.test(text);
  return {
    plainInBlock: inBlock,
    plainInFlow: inBlock && !FLOW_INDICATORS.test(text),
    single: !breakSpace && !unquotable,
    multiline,
  };
}
