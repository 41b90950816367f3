package browsertest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// silent are roles that a screen reader passes over: what is in them counts.
const silent = " none generic InlineTextBox ListMarker LineBreak RootWebArea "

// named are roles whose name is made of what is in them: it is not said twice.
// The words of a legend or a label are the name of what they belong to.
const named, labels = " heading button link radio checkbox DisclosureTriangle ", " LabelText Legend "

// states are the properties that a screen reader says, as it would.
var states = map[accessibility.PropertyName]string{
	"checked": "checked", "pressed": "pressed", "expanded": "expanded", "disabled": "disabled",
	"required": "required", "invalid": "invalid", "readonly": "readonly", "multiline": "multiline", "modal": "modal",
}

// Spoken returns what a screen reader finds on the page, by Chromium's tree of
// accessibility: one line for each thing in reading order, indented by what it
// is part of, with its role, its name, what describes it after a dash, and its
// states in brackets. The focus is no state here.
func Spoken(t testing.TB, ctx context.Context) string {
	t.Helper()
	_, err := chromedp.Call(ctx, accessibility.Enable, cdp.Empty{})
	must(t, "asking for the tree of accessibility", err)
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	must(t, "reading the tree of accessibility", err)
	nodes := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range tree.Nodes {
		nodes[n.NodeID] = n
	}
	var b strings.Builder
	var say func(n *accessibility.Node, depth int, label bool)
	say = func(n *accessibility.Node, depth int, label bool) {
		role := said(n.Role)
		is := func(roles string) bool { return strings.Contains(roles, " "+role+" ") }
		label = label || is(labels)
		inside := func(depth int) {
			for _, id := range n.ChildIDs {
				if child := nodes[id]; child != nil {
					say(child, depth, label)
				}
			}
		}
		switch {
		case n.Ignored || is(silent) || is(labels):
			inside(depth)
			return
		case label && role == "StaticText":
			return
		}
		b.WriteString(strings.Repeat("  ", depth) + role)
		level := ""
		var on []string
		for _, p := range n.Properties {
			switch word, value := states[p.Name], said(p.Value); {
			case p.Name == "level":
				level = " " + value
			case word == "" || value == "" || p.Name != "checked" && p.Name != "pressed" && p.Name != "expanded" && value == "false":
			case value == "true":
				on = append(on, word)
			case value == "false":
				on = append(on, "not "+word)
			default:
				on = append(on, word+" "+value)
			}
		}
		b.WriteString(level)
		if name := said(n.Name); name != "" {
			b.WriteString(" “" + name + "”")
		}
		if value := said(n.Value); value != "" {
			b.WriteString(" = " + value)
		}
		if more := said(n.Description); more != "" {
			b.WriteString(" – " + more)
		}
		if len(on) > 0 {
			b.WriteString(" [" + strings.Join(on, ", ") + "]")
		}
		b.WriteString("\n")
		if !is(named) || said(n.Name) == "" {
			inside(depth + 1)
		}
	}
	if len(tree.Nodes) > 0 {
		say(tree.Nodes[0], 0, false)
	}
	return b.String()
}

// said is a value of the tree as text, with its spaces made single.
func said(v *accessibility.Value) string {
	if v == nil || len(v.Value) == 0 {
		return ""
	}
	var text string
	if json.Unmarshal(v.Value, &text) != nil {
		text = string(v.Value) // a number or a truth
	}
	return strings.Join(strings.Fields(text), " ")
}
