package completion

import "strings"

// bash works with what bash itself has, without the package bash-completion.
func bash(program Command) string {
	var s script
	s.line("# bash completion of %s: source <(%[1]s completion bash)", program.Name)
	s.line("_%s() {", program.Name)
	s.line("\tlocal word at='' cur=\"${COMP_WORDS[COMP_CWORD]}\" words=''")
	s.line("\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do")
	s.line("\t\tcase \"$at/$word\" in")
	s.line("\t\t%s) at=\"$at/$word\" ;;", paths(program))
	s.line("\t\tesac")
	s.line("\tdone")
	s.line("\tCOMPREPLY=()")
	s.line("\tcase \"$at ${COMP_WORDS[COMP_CWORD-1]}\" in")
	for _, p := range places(program) {
		for _, f := range p.Flags {
			switch {
			case len(f.Words) > 0:
				s.line("\t%s) words=%s ;;", quoted(p.at+" --"+f.Name), quoted(strings.Join(f.Words, " ")))
			case f.Files:
				s.line("\t%s) return ;;", quoted(p.at+" --"+f.Name)) // bash's own way with files
			case f.Value:
				s.line("\t%s) compopt +o default 2>/dev/null; return ;;", quoted(p.at+" --"+f.Name))
			}
		}
	}
	s.line("\t*) case \"$at\" in")
	for _, p := range places(program) {
		var words []string
		for _, sub := range p.Subs {
			words = append(words, sub.Name)
		}
		for _, f := range p.Flags {
			words = append(words, "--"+f.Name)
		}
		s.line("\t\t%s) words=%s ;;", quoted(p.at), quoted(strings.Join(words, " ")))
	}
	s.line("\t\tesac ;;")
	s.line("\tesac")
	s.line("\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))")
	s.line("}")
	s.line("complete -o default -F _%s %[1]s", program.Name)
	return s.String()
}
