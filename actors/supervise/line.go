package supervise

// line is work in order of arrival. It keeps its room.
type line struct {
	list []func()
	at   int // the first that has not been taken
}

func (l *line) empty() bool { return l.at == len(l.list) }

func (l *line) push(work func()) {
	if l.at > len(l.list)/2 && len(l.list) == cap(l.list) { // rather than grow
		left := copy(l.list, l.list[l.at:])
		clear(l.list[left:])
		l.list, l.at = l.list[:left], 0
	}
	l.list = append(l.list, work)
}

// pop returns nil when there is none.
func (l *line) pop() (work func()) {
	if l.empty() {
		return nil
	}
	work, l.list[l.at] = l.list[l.at], nil
	if l.at++; l.empty() {
		l.list, l.at = l.list[:0], 0
	}
	return work
}
