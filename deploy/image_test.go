package deploy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instructions reads a Dockerfile: comments out, continued lines joined.
func instructions(text string) []string {
	var out []string
	var line string
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "#") || (l == "" && line == "") {
			continue
		}
		if rest, more := strings.CutSuffix(l, "\\"); more {
			line += rest
			continue
		}
		out = append(out, line+l)
		line = ""
	}
	return out
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	ins := instructions(read(t, "Dockerfile"))
	var from, user, entry, health string
	for _, i := range ins {
		word, rest, _ := strings.Cut(i, " ")
		switch word {
		case "FROM":
			from, user = rest, ""
			if image, _, _ := strings.Cut(rest, " "); image != "scratch" && (!strings.Contains(image, ":") || strings.HasSuffix(image, ":latest")) {
				t.Errorf("image %s is not pinned", image)
			}
		case "USER":
			user = rest
		case "ENTRYPOINT":
			entry = rest
		case "HEALTHCHECK":
			health = rest
		case "CMD", "RUN", "COPY", "ENV", "ARG", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL":
		default: // ADD fetches and unpacks what nobody checked
			t.Errorf("instruction %s", word)
		}
	}
	if from != "scratch" {
		t.Errorf("the image is made from %q, not from scratch", from)
	}
	if user != "65532:65532" {
		t.Errorf("the image runs as %q", user)
	}
	if entry != `["/hailong"]` || !strings.Contains(health, `CMD ["/hailong", "healthcheck"`) {
		t.Errorf("entry point %s, health check %s", entry, health)
	}
	for _, file := range []string{".git", "data", "**/*.key", "**/*.db"} {
		if !slices.Contains(strings.Split(read(t, "Dockerfile.dockerignore"), "\n"), file) {
			t.Errorf("%s could get into the image", file)
		}
	}
}

// The image is built with the Go that the module asks for.
func TestDockerfileHasTheModulesGo(t *testing.T) {
	t.Parallel()
	mod := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	image := regexp.MustCompile(`(?m)^FROM golang:(\d+\.\d+)`).FindStringSubmatch(read(t, "Dockerfile"))
	if mod == nil || image == nil || mod[1] != image[1] {
		t.Errorf("go.mod says %v, the Dockerfile %v", mod, image)
	}
}

func TestCompose(t *testing.T) {
	t.Parallel()
	d := documents(t, "compose.yaml")[0]
	services, ok := d.at("services").(map[string]any)
	if !ok || len(services) != 5 {
		t.Fatalf("services: %v", d.at("services"))
	}
	var members []string
	for name, v := range services {
		s := doc(v.(map[string]any))
		if s.at("read_only") != true || !slices.Equal(words(s.at("cap_drop")), []string{"ALL"}) || !slices.Contains(words(s.at("security_opt")), "no-new-privileges:true") {
			t.Errorf("%s can write its own files or gain rights", name)
		}
		if s.at("deploy.resources.limits.memory") == nil {
			t.Errorf("%s has no limit on memory", name)
		}
		image, _ := s.at("image").(string)
		if s.at("build") == nil && (!strings.Contains(image, ":") || strings.HasSuffix(image, ":latest")) {
			t.Errorf("%s: image %q is not pinned", name, image)
		}
		if user := fmt.Sprint(s.at("user")); s.at("build") == nil && (s.at("user") == nil || strings.HasPrefix(user, "0") || user == "root") {
			t.Errorf("%s runs as %v", name, s.at("user"))
		}
		if slices.Contains(words(s.at("command")), "--replSet") {
			members = append(members, name)
			if s.at("ports") != nil || !slices.Equal(words(s.at("networks")), []string{"store"}) || s.at("healthcheck") == nil {
				t.Errorf("%s can be reached from outside or has no health check", name)
			}
			// Each has a disk of its own.
			if v := strings.Join(words(s.at("volumes")), " "); !strings.Contains(v, name+":/data/db") {
				t.Errorf("%s keeps its data in %s", name, v)
			}
		}
	}
	slices.Sort(members)
	if !slices.Equal(members, []string{"mongo1", "mongo2", "mongo3"}) {
		t.Errorf("members of the replica set: %v", members)
	}
	init := read(t, "mongo/init.js")
	store := doc(services["hailong"].(map[string]any)).at("environment.HAILONG_STORE").(string)
	for _, m := range members {
		if !strings.Contains(init, `"`+m+`:27017"`) || !strings.Contains(store, m+":27017") {
			t.Errorf("%s is missing in init.js or in HAILONG_STORE", m)
		}
	}
	if !strings.Contains(store, "replicaSet=hailong") || !strings.Contains(init, `_id: "hailong"`) {
		t.Error("the replica set is called differently in places")
	}
	if d.at("networks.store.internal") != true {
		t.Error("the database's network is open to the outside")
	}
	for _, p := range words(doc(services["hailong"].(map[string]any)).at("ports")) {
		if !strings.HasPrefix(p, "127.0.0.1:") {
			t.Errorf("port %s is open without TLS", p)
		}
	}
}
