const { Pool } = require("pg");

const pool = new Pool({
  user: "parcels",
  // ruleid: password-in-code
  password: "counter-4711-desk",
});

// ruleid: password-in-code
const API_KEY = "ck_51f0a9d27b3e4c68";

function configure(options) {
  // ruleid: password-in-code
  options.smtp_password = "Tr0ub4dor&3";
}

// ok: password-in-code
const password = process.env.DB_PASSWORD;

const labels = {
  // ok: password-in-code
  password: "Your new password",
  // ok: password-in-code
  apiKey: "<your key here>",
  // ok: password-in-code
  passwordField: "login-field-main",
};
