package deploy

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unit reads a unit file: "Section.Key" to its values in order.
func unit(t *testing.T, name string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	section := ""
	for l := range strings.Lines(read(t, name)) {
		l = strings.TrimSpace(l)
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, "["):
			section = strings.Trim(l, "[]")
		default:
			key, value, ok := strings.Cut(l, "=")
			if !ok || section == "" {
				t.Errorf("%s: %q", name, l)
			}
			out[section+"."+key] = append(out[section+"."+key], value)
		}
	}
	return out
}

func TestUnits(t *testing.T) {
	t.Parallel()
	names := files(t, ".service")
	if len(names) < 4 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		u := unit(t, name)
		for key, want := range map[string]string{
			"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
		} {
			if got := u["Service."+key]; !slices.Equal(got, []string{want}) {
				t.Errorf("%s: %s = %v", name, key, got)
			}
		}
		if u["Service.User"] == nil && u["Service.DynamicUser"] == nil || slices.Contains(u["Service.User"], "root") {
			t.Errorf("%s runs as root", name)
		}
		if len(u["Service.ExecStart"]) != 1 || !strings.HasPrefix(u["Service.ExecStart"][0], "/") {
			t.Errorf("%s: ExecStart = %v", name, u["Service.ExecStart"])
		}
		for _, on := range u["Unit.OnFailure"] {
			if template := regexp.MustCompile(`@.*\.service$`).ReplaceAllString(on, "@.service"); !slices.Contains(names, "systemd/"+template) {
				t.Errorf("%s: OnFailure=%s is not here", name, on)
			}
		}
	}
	for _, name := range files(t, ".timer") {
		service := strings.TrimSuffix(name, ".timer") + ".service"
		if !slices.Contains(names, service) {
			t.Errorf("%s starts nothing", name)
		}
		u := unit(t, name)
		if u["Timer.OnCalendar"] == nil || !slices.Equal(u["Timer.Persistent"], []string{"true"}) && !slices.Equal(u["Timer.Persistent"], []string{"yes"}) {
			t.Errorf("%s: %v", name, u)
		}
	}
	main := unit(t, "systemd/hailong.service")
	if !slices.Equal(main["Service.CapabilityBoundingSet"], []string{""}) || main["Service.SystemCallFilter"] == nil || !slices.Equal(main["Service.StateDirectory"], []string{"hailong"}) {
		t.Error("hailong.service keeps capabilities, may make any system call or has no folder")
	}
}

// systemd's own opinion, where it is installed. It asks for the programs at
// their places, which are not installed here; nothing else may be wrong.
func TestUnitsVerify(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
	}
	names := append(files(t, ".service"), files(t, ".timer")...)
	out, err := exec.Command(analyze, append([]string{"verify", "--man=no"}, names...)...).CombinedOutput()
	for l := range strings.Lines(string(out)) {
		if !strings.Contains(l, "is not executable: No such file or directory") && !strings.Contains(l, "Failed to prepare filename") {
			t.Errorf("systemd-analyze verify: %s", l)
		}
	}
	if err != nil && len(out) == 0 {
		t.Errorf("systemd-analyze verify: %v", err)
	}
}
