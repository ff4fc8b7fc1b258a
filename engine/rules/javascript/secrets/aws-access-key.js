// ruleid: aws-access-key
const accessKeyId = "AKIA2MADEUPFORTESTS2";

// ruleid: aws-access-key
process.env.AWS_ACCESS_KEY_ID = "ASIA2MADEUPFORTESTS2";

// ok: aws-access-key
const fromTheManual = "AKIAIOSFODNN7EXAMPLE";

// ok: aws-access-key
const signed = "https://files.tides.net/map.png?X-Amz-Credential=AKIA2MADEUPFORTESTS2%2F20240101";

// ok: aws-access-key
const tooLong = "AKIA2MADEUPFORTESTS2ANDMORE";
