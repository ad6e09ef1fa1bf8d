/** What templates are made of, in any order. */
import fc from "fast-check";

const PIECES = [
  ..."{{ }} {% %} {# #} {%- -%} {{- -}} {%+ +%} ( ) [ ] { } , : . | ~ + - * ** / // % == != < <= > >= =".split(" "),
  ..."if elif else endif for in endfor recursive set endset macro endmacro call endcall filter endfilter".split(" "),
  ..."with endwith include import from as context without ignore missing block endblock extends raw endraw".split(" "),
  ..."and or not is defined none true false loop caller varargs kwargs super self namespace range dict".split(" "),
  ..."a text list map users nope loop.index 0 1 -1 2.5 1e3 99999999999999999999 'x' \"y\" '\\\\' 'a\\'b' ''".split(" "),
  ..."default(1) map('upper') select('odd') join(',') lookup('env', lookup('vars', m() ns.x \n \t # é 😀 ' \" \\".split(
    " ",
  ),
];
export const soup = fc.array(
  fc.oneof(fc.constantFrom(...PIECES), fc.constantFrom(" ", " ", "\n"), fc.string({ maxLength: 3 })),
  {
    maxLength: 25,
  },
);
