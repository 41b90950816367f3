package deploy

import (
	"slices"
	"testing"
)

func kind(t *testing.T, docs []doc, kind string) doc {
	t.Helper()
	for _, d := range docs {
		if d.at("kind") == kind {
			return d
		}
	}
	t.Fatalf("no %s", kind)
	return nil
}

func TestKubernetes(t *testing.T) {
	t.Parallel()
	docs := append(documents(t, "kubernetes/hailong.yaml"), documents(t, "kubernetes/ingress.example.yaml")...)
	for _, d := range docs {
		if d.at("apiVersion") == nil || d.at("kind") == nil || d.at("metadata.name") == nil {
			t.Errorf("not an object: %v", d)
		}
		if d.at("kind") == "Secret" {
			t.Error("a secret stands in a file")
		}
		if d.at("kind") != "Namespace" && d.at("metadata.namespace") != "hailong" {
			t.Errorf("%v is in namespace %v", d.at("kind"), d.at("metadata.namespace"))
		}
	}
	dep := kind(t, docs, "Deployment")
	pod := doc(dep.at("spec.template.spec").(map[string]any))
	if pod.at("securityContext.runAsNonRoot") != true || pod.at("automountServiceAccountToken") != false || pod.at("securityContext.seccompProfile.type") != "RuntimeDefault" {
		t.Error("the pod runs as root, holds a token of the cluster or has no seccomp profile")
	}
	containers := append(maps(pod.at("containers")), maps(pod.at("initContainers"))...)
	if len(containers) != 2 {
		t.Fatalf("%d containers", len(containers))
	}
	for _, c := range containers {
		if c.at("securityContext.allowPrivilegeEscalation") != false || c.at("securityContext.readOnlyRootFilesystem") != true ||
			!slices.Equal(words(c.at("securityContext.capabilities.drop")), []string{"ALL"}) {
			t.Errorf("%v is not locked in", c.at("name"))
		}
		if c.at("resources.limits.memory") == nil {
			t.Errorf("%v has no limit on memory", c.at("name"))
		}
	}
	// Selectors meet the pods.
	for path, d := range map[string]doc{
		"spec.selector.matchLabels":    dep,
		"spec.selector":                kind(t, docs, "Service"),
		"spec.podSelector.matchLabels": kind(t, docs, "NetworkPolicy"),
	} {
		if m, ok := d.at(path).(map[string]any); !ok || m["app.kubernetes.io/name"] != "hailong" {
			t.Errorf("%v selects %v", d.at("kind"), d.at(path))
		}
	}
	if kind(t, docs, "PodDisruptionBudget").at("spec.selector.matchLabels") == nil {
		t.Error("the disruption budget selects nothing")
	}
	// The probes ask the port that is open, and paths that exist.
	main := containers[0]
	for _, probe := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
		path, _ := main.at(probe + ".httpGet.path").(string)
		if main.at(probe+".httpGet.port") != "http" || maps(main.at("ports"))[0].at("name") != "http" {
			t.Errorf("%s asks another port", probe)
		}
		if status := get(t, path); status != 200 {
			t.Errorf("%s asks %q, which answers %d", probe, path, status)
		}
	}
	if main.at("livenessProbe.httpGet.path") == "/readyz" {
		t.Error("a store that is gone would restart the service")
	}
}
