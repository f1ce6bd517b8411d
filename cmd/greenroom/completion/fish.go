package completion

import "strings"

// fish has a line for each word, with the place where it may stand.
func fish(program Command) string {
	var s script
	s.line("# fish completion of %s: %[1]s completion fish | source", program.Name)
	s.line("function __%s_at", program.Name)
	s.line("\tset -l at ''")
	s.line("\tfor word in (commandline -opc)[2..]")
	s.line("\t\tswitch \"$at/$word\"")
	s.line("\t\t\tcase %s", strings.ReplaceAll(paths(program), "|", " "))
	s.line("\t\t\t\tset at \"$at/$word\"")
	s.line("\t\tend")
	s.line("\tend")
	s.line("\ttest \"$at\" = \"$argv[1]\"")
	s.line("end")
	for _, p := range places(program) {
		here := "complete -c " + program.Name + " -n '__" + program.Name + "_at \"" + p.at + "\"'"
		for _, sub := range p.Subs {
			s.line("%s -f -a %s -d %s", here, sub.Name, escaped(first(sub.Help)))
		}
		for _, f := range p.Flags {
			line := here + " -l " + f.Name + " -d " + escaped(first(f.Help))
			switch {
			case len(f.Words) > 0:
				line += " -x -a " + escaped(strings.Join(f.Words, " "))
			case f.Files:
				line += " -r -F"
			case f.Value:
				line += " -x"
			}
			s.line("%s", line)
		}
	}
	return s.String()
}

// escaped is quoted for fish, where a backslash between single quotes is one of two.
func escaped(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
