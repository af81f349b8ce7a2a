// SPDX-License-Identifier: ISC
//
// kuma.js FOLDER: send notifications by Uptime Kuma's own classes, which are
// in FOLDER.  Standard input is JSON, an array of these: provider (its file),
// notification (its settings), msg, monitor, heartbeat.  Prints what each
// send() returned or threw, one a line.
"use strict";

const Module = require("module");
const path = require("path");
const load = Module._load;

// Kuma has its settings in a database, which is not there.
Module._load = function (name, ...rest) {
    if (name.endsWith("/util-server")) {
        return { setting: async () => "https://kuma.example.org" };
    }
    return load.call(this, name, ...rest);
};

async function main() {
    const folder = path.join(process.argv[2], "server/notification-providers");
    const todo = JSON.parse(require("fs").readFileSync(0, "utf8"));

    for (const t of todo) {
        const Provider = require(path.join(folder, t.provider));
        try {
            console.log(await new Provider().send(t.notification, t.msg,
                t.monitor, t.heartbeat));
        } catch (error) {
            console.log("failed: " + error.message);
        }
    }
}

main();
