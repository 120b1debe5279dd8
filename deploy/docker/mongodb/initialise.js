// Makes one replica set and one user per service; run by mongosh as a one-shot before the services start.
// Every step may be repeated: `docker compose up` runs this each time, and a changed password in .env is taken over.

const SERVICES = ["registration", "jobs", "streaming"];
const REPLICA_SET = "rs0";
const WAIT_MS = 500;
const DEADLINE_MS = 60_000;

// The password goes by the environment: an argument would be seen in the list of processes.
db = connect(`mongodb://root:${process.env.MONGODB_ROOT_PASSWORD}@mongodb:27017/admin?directConnection=true`);

function initiateOnce() {
  try {
    rs.initiate({ _id: REPLICA_SET, members: [{ _id: 0, host: "mongodb:27017" }] });
  } catch (error) {
    if (error.codeName !== "AlreadyInitialized") throw error;
  }
}

function waitForPrimary() {
  const deadline = Date.now() + DEADLINE_MS;
  while (!db.hello().isWritablePrimary) {
    if (Date.now() > deadline) throw new Error("no primary was elected within a minute");
    sleep(WAIT_MS);
  }
}

// A service reads and writes its own database and sees no other.
function makeUser(service) {
  const database = db.getSiblingDB(`subvenue_${service}`);
  const password = process.env[`MONGODB_${service.toUpperCase()}_PASSWORD`];
  if (!password) throw new Error(`no password for ${service}`);
  const account = { pwd: password, roles: [{ role: "readWrite", db: database.getName() }] };
  if (database.getUser(service)) database.updateUser(service, account);
  else database.createUser({ user: service, ...account });
}

initiateOnce();
waitForPrimary();
SERVICES.forEach(makeUser);
print("replica set and users are ready");
