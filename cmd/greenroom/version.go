package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// version is what the build says of itself: the module's version, or the
// revision of a build from a checkout.
type version struct{ Version, Revision, Go string }

func buildVersion() version {
	v := version{Version: "devel", Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	dirty := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			v.Revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	if v.Revision != "" {
		v.Revision += dirty
	}
	return v
}

func (v version) String() string {
	return "greenroom " + v.Version
}

func (v version) print(w io.Writer) {
	fmt.Fprintf(w, "greenroom %s\n", v.Version)
	if v.Revision != "" {
		fmt.Fprintf(w, "revision  %s\n", v.Revision)
	}
	fmt.Fprintf(w, "go        %s\n", v.Go)
}
