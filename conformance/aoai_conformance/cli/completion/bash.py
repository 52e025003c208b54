"""The completion script for bash.

click's own script fails for names with `:`, `@` or `=`: bash splits words there. This one splits the line at
spaces only, and removes from each name what bash takes for earlier words.
"""

from __future__ import annotations

BASH = r"""_aoai_conformance_completion() {
    local line="${COMP_LINE:0:COMP_POINT}" breaks="" break prefix="" completion type value
    local -a words
    read -ra words <<< "$line"
    local count=${#words[@]} word=""
    if [[ $line != *[[:space:]] ]]; then
        count=$((count - 1))
        word="${words[count]}"
    fi
    for break in : @ =; do
        [[ $COMP_WORDBREAKS == *"$break"* ]] && breaks+="$break"
    done
    if [[ -n $breaks && $word == *["$breaks"]* ]]; then
        prefix="${word%%"${word##*["$breaks"]}"}"
        shopt -q hostcomplete && prefix="${prefix%%@}"  # bash then leaves an @ in the word
    fi
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                [[ $value == *= ]] && compopt -o nospace
                COMPREPLY+=("${value#"$prefix"}")
                ;;
        esac
    done < <(COMP_WORDS="$line" COMP_CWORD=$count %(variable)s=bash_complete "$1" 2> /dev/null)
}

complete -o nosort -F _aoai_conformance_completion %(program)s
"""
