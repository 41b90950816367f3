// Package deploy holds what it takes to run the house in an office: the image,
// compose and Kubernetes files, systemd units, scripts for backup and restore,
// alerts and a dashboard. There is no code in it but the tests that hold these
// files against the program: the routes they probe, the metrics they read, the
// commands they call.
package deploy
