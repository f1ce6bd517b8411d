// Package bench puts load on an IRC server, ours or another's, and tells what
// the server pays for it.
//
// The load is one thread that reads all connections through epoll and looks at
// every line: each text carries who sent it and which of theirs it is, so that a
// message that is lost, doubled, out of its sender's order, altered or astray
// makes the run fail. CPU and memory of the server are read from the system when
// its process is known. Beside the server a relay that only writes can be
// measured in turn, round by round, as what is the least.
//
// It runs on Linux; elsewhere Run says so.
package bench
