package completion

import "strings"

// zsh describes each word. It is a file of $fpath, or sourced.
func zsh(program Command) string {
	var s script
	s.line("#compdef %s", program.Name)
	s.line("# zsh completion of %s: source <(%[1]s completion zsh), or in a file _%[1]s of a directory of $fpath", program.Name)
	s.line("_%s() {", program.Name)
	s.line("\tlocal word at='' previous=\"${words[CURRENT-1]}\"")
	s.line("\tlocal -a list")
	s.line("\tfor word in \"${(@)words[2,CURRENT-1]}\"; do")
	s.line("\t\tcase \"$at/$word\" in")
	s.line("\t\t%s) at=\"$at/$word\" ;;", paths(program))
	s.line("\t\tesac")
	s.line("\tdone")
	s.line("\tcase \"$at $previous\" in")
	for _, p := range places(program) {
		for _, f := range p.Flags {
			switch {
			case len(f.Words) > 0:
				s.line("\t%s) list=(%s); _describe value list; return ;;", quoted(p.at+" --"+f.Name), strings.Join(f.Words, " "))
			case f.Files:
				s.line("\t%s) _files; return ;;", quoted(p.at+" --"+f.Name))
			case f.Value:
				s.line("\t%s) return ;;", quoted(p.at+" --"+f.Name))
			}
		}
	}
	s.line("\tesac")
	s.line("\tcase \"$at\" in")
	for _, p := range places(program) {
		s.line("\t%s)", quoted(p.at))
		if len(p.Subs) > 0 {
			s.line("\t\tlist=(%s)", described(p.Subs))
			s.line("\t\t_describe command list")
		}
		s.line("\t\tlist=(%s)", flagged(p.Flags))
		s.line("\t\t_describe -o option list ;;")
	}
	s.line("\tesac")
	s.line("}")
	s.line("if [ \"$funcstack[1]\" = _%s ]; then _%[1]s \"$@\"; else compdef _%[1]s %[1]s; fi", program.Name)
	return s.String()
}

func described(subs []Command) string {
	var list []string
	for _, sub := range subs {
		list = append(list, quoted(sub.Name+":"+first(sub.Help)))
	}
	return strings.Join(list, " ")
}

func flagged(flags []Flag) string {
	var list []string
	for _, f := range flags {
		list = append(list, quoted("--"+f.Name+":"+first(f.Help)))
	}
	return strings.Join(list, " ")
}
