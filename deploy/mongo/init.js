// Forms the replica set where there is none, then waits for a primary.
try {
  rs.status();
  print("replica set: already formed");
} catch (e) {
  if (e.codeName !== "NotYetInitialized") {
    throw e;
  }
  rs.initiate({
    _id: "hailong",
    members: [
      { _id: 0, host: "mongo1:27017", priority: 2 },
      { _id: 1, host: "mongo2:27017" },
      { _id: 2, host: "mongo3:27017" },
    ],
  });
  print("replica set: formed");
}
for (let i = 0; !db.hello().primary; i++) {
  if (i === 60) {
    print("no primary after a minute");
    quit(1);
  }
  sleep(1000);
}
print("primary: " + db.hello().primary);
