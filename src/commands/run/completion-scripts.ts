/**
 * The scripts that `dsrctl completion` prints. They call `dsrctl __complete`, which knows the verbs and reads the
 * files.
 */

/**
 * bash splits words at `:` and `=` and replaces only the last piece. So the script takes the words from the line. It
 * cuts off from each candidate the part that is in the line before that piece. It does not use `compgen -W`, which
 * expands `$(…)` in a name.
 */
const BASH = `# Completes command lines of dsrctl in bash: source <(dsrctl completion bash)
_dsrctl() {
  local -a words
  local line="\${COMP_LINE:0:COMP_POINT}" last kept="" word files=""
  read -r -a words <<<"$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  while ((\${#words[@]} > 1)) && [[ "\${words[0]}" != "$1" ]]; do words=("\${words[@]:1}"); done
  last="\${words[-1]}"
  local breaks="\${COMP_WORDBREAKS//[^:=]/}"
  [[ -n "$breaks" ]] && kept="\${last%"\${last##*["$breaks"]}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    if [[ "$word" == :files ]]; then files=yes; else COMPREPLY+=("\${word#"$kept"}"); fi
  done < <("$1" __complete "\${words[@]:1}" 2>/dev/null </dev/null)
  [[ -z "$files" ]] && return
  compopt -o filenames 2>/dev/null
  last="\${last#"$kept"}"
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$last")
}
# bash before 4.4 knows no nosort.
complete -o nosort -F _dsrctl dsrctl 2>/dev/null || complete -F _dsrctl dsrctl
`;

const ZSH = `#compdef dsrctl
# Completes command lines of dsrctl in zsh: source <(dsrctl completion zsh), after compinit
_dsrctl() {
  local -a names shown list
  local line files=""
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)}"; do
    case "$line" in
      "") ;;
      :files) files=yes ;;
      *)
        names+=("\${line%%$'\\t'*}")
        shown+=("\${line/$'\\t'/  -- }")
        [[ "$line" == *$'\\t'* ]] && list=(-l)
        ;;
    esac
  done
  (( \${#names} )) && compadd $list -d shown -a names
  [[ -z "$files" ]] && return
  compset -P '--*='
  _files
}
if [[ "$zsh_eval_context[-1]" == loadautofunc ]]; then _dsrctl "$@"; else compdef _dsrctl dsrctl; fi
`;

export const SCRIPTS = { bash: BASH, zsh: ZSH } as const;
