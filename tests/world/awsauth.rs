//! Random aws-auth ConfigMaps, their texts as odd as anybody writes them.

use serde_json::{Value, json};

use super::mistakes::spoil;
use super::names::{ARNS, GROUPS, ODD_ARNS, TEMPLATES};
use super::random::Random;
use super::text;

/// The ConfigMap.
pub fn config_map(random: &mut Random, oddities: usize) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"},
        "data": data(random, oddities),
    })
}

/// Its data.
pub fn data(random: &mut Random, oddities: usize) -> Value {
    let mut data = json!({});
    if random.chance(90) {
        data["mapRoles"] = entries(random, "rolearn", oddities).into();
    }
    if random.chance(60) {
        data["mapUsers"] = entries(random, "userarn", oddities).into();
    }
    if random.chance(50) {
        data["mapAccounts"] = accounts(random, oddities).into();
    }
    if random.chance(3) {
        data["maproles"] = entries(random, "rolearn", oddities).into();
    }
    data
}

fn entries(random: &mut Random, key: &str, oddities: usize) -> String {
    let mut entries: Vec<Value> = (0..random.between(0, 4)).map(|_| entry(random, key)).collect();
    while random.chance(oddities / 3) {
        for entry in &mut entries {
            if random.chance(50) {
                spoil(random, entry);
            }
        }
    }
    text::document(random, &Value::Array(entries), oddities)
}

fn entry(random: &mut Random, key: &str) -> Value {
    let arn = if random.chance(95) { random.text(&ARNS) } else { random.text(&ODD_ARNS) };
    let mut entry = json!({key: arn, "username": random.likely(&TEMPLATES)});
    if random.chance(5) {
        entry.as_object_mut().unwrap().remove("username");
    }
    if random.chance(90) {
        let mut groups = random.texts(&GROUPS, 2);
        groups.push(random.likely(&GROUPS));
        if random.chance(25) {
            groups.push(random.text(&TEMPLATES));
        }
        entry["groups"] = groups.into();
    }
    if random.chance(3) {
        entry["sso"] = json!({"permissionSetName": "Dev", "accountID": "111122223333"});
        if random.chance(70) {
            entry.as_object_mut().unwrap().remove(key);
        }
    }
    if random.chance(3) {
        entry["userid"] = "AROA".into();
    }
    entry
}

fn accounts(random: &mut Random, oddities: usize) -> String {
    let accounts = ["111122223333", "444455556666", "012345678901", "12345678901"];
    if random.chance(oddities) {
        return random.text(&[
            "- 111122223333\n- 012345678901\n",
            "- \"111122223333\"\n- ~\n- true\n",
            "[111122223333, 0o17, 1e3]",
            "111122223333",
            "- 111122223333: x\n",
            "- '111122223333 '\n",
            "- 1111_2222_3333\n- 0x1A\n",
            "{\"a\": 1}",
            "- arn:aws:iam::111122223333:root\n",
            "- 111122223333 # ours\n",
            "- !!str 111122223333\n- !!int 444455556666\n",
            "- [111122223333]\n- 444455556666\n",
            "- |\n  111122223333\n",
            "# none\n",
            "\"111122223333\"",
        ]);
    }
    let list: Vec<String> = random.texts(&accounts, 2);
    text::document(random, &json!(list), oddities)
}
