# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Completion for tocsin(1).  Commands, their subcommands and their options are
# what the program's own help says.

# Print the options of "tocsin help [COMMAND]".
_tocsin_options()
{
	"$1" help "${@:2}" 2>/dev/null | grep -o -e '--[a-z][a-z-]*' | sort -u
}

# Print the first words that may follow "tocsin COMMAND".
_tocsin_subcommands()
{
	"$1" help "$2" 2>/dev/null |
	    sed -n "s/^\(usage:\|      \) tocsin $2 \([a-z][a-z|-]*\).*/\2/p" |
	    tr '|' '\n'
}

# Print the commands.
_tocsin_commands()
{
	"$1" help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p'
}

# Print the position of the command among the words, or nothing.
_tocsin_command()
{
	local i=1

	while ((i < COMP_CWORD)); do
		case ${COMP_WORDS[i]} in
		-c | -o | -d | --config | --set | --database) ((i += 1)) ;;
		-* | =) ;;
		*)
			echo "$i"
			return
			;;
		esac
		((i += 1))
	done
}

_tocsin()
{
	local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]}
	local at command words

	at=$(_tocsin_command)
	command=${COMP_WORDS[${at:-0}]}
	if [[ -z $at && $word == -* ]]; then
		words=$(_tocsin_options "$program")
	elif [[ -z $at || $command == help ]]; then
		words=$(_tocsin_commands "$program")
	elif [[ $word == -* ]]; then
		words=$(_tocsin_options "$program" "$command")
	elif ((COMP_CWORD == at + 1)); then
		words=$(_tocsin_subcommands "$program" "$command")
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o default -F _tocsin tocsin
