package main

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/greenroom-chat/greenroom/actors"
)

// treeMetrics asks the actors for their numbers, which thereby cost nothing
// while nobody looks. What there is, only they know: so nothing is described
// beforehand.
type treeMetrics struct {
	tree           *actors.Tree
	answered, took *prometheus.Desc
}

func newTreeMetrics(tree *actors.Tree) treeMetrics {
	part := []string{"part"}
	return treeMetrics{
		tree:     tree,
		answered: prometheus.NewDesc(namespace+"_part_answered", "1 if the part has told its numbers in time.", part, nil),
		took: prometheus.NewDesc(namespace+"_part_answer_seconds",
			"How long the part took to answer this question: as long as what was in its mailbox.", part, nil),
	}
}

func (treeMetrics) Describe(chan<- *prometheus.Desc) {}

func (t treeMetrics) Collect(to chan<- prometheus.Metric) {
	readings, err := t.tree.Measure(partsWithin)
	if err != nil {
		to <- prometheus.MustNewConstMetric(t.answered, prometheus.GaugeValue, 0, "root")
		return
	}
	for _, r := range readings {
		answered := 1.0
		if r.Err != nil {
			answered = 0
		}
		to <- prometheus.MustNewConstMetric(t.answered, prometheus.GaugeValue, answered, r.Part)
		to <- prometheus.MustNewConstMetric(t.took, prometheus.GaugeValue, r.Took.Seconds(), r.Part)
		for _, n := range r.Numbers {
			kind := prometheus.GaugeValue
			if strings.HasSuffix(n.Name, "_total") {
				kind = prometheus.CounterValue
			}
			desc := prometheus.NewDesc(namespace+"_"+n.Name, n.Help, nil, nil)
			to <- prometheus.MustNewConstMetric(desc, kind, float64(n.Value))
		}
	}
}
