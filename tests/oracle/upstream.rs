//! The oracle as a process: one JSON document a line in, one out.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::compare::Answer;
use crate::world::names::INSTANCES;
use crate::world::{Ask, Files};

/// A running oracle.
pub struct Upstream {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Upstream {
    /// Starts the oracle that the environment names; none where it names none, which is told.
    pub fn start() -> Option<Self> {
        let Some(path) = std::env::var_os("IAMRBAC_UPSTREAM") else {
            // straight to the terminal: the test harness would swallow a print
            let _ = writeln!(
                std::io::stderr(),
                "skipped: IAMRBAC_UPSTREAM names no oracle (tests/upstream/README.md)"
            );
            return None;
        };
        let mut child = Command::new(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Some(Self { child, input, output })
    }

    /// Puts one question. A question that the oracle cannot answer is an error in its words.
    pub fn ask(&mut self, question: &Value) -> Result<Value, String> {
        writeln!(self.input, "{question}").unwrap();
        self.input.flush().unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let reply: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?} to {question}"));
        match (&reply["failure"], &reply["panic"]) {
            (Value::Null, Value::Null) => Ok(reply),
            (failure, panic) => Err(format!("failure {failure}, panic {panic}")),
        }
    }

    /// The documents of a text up to the first error, and whether there is one.
    pub fn documents(&mut self, text: &str) -> Result<(Vec<Value>, bool), String> {
        let reply = self.ask(&json!({"op": "yaml", "text": text}))?;
        Ok((reply["documents"].as_array().unwrap().clone(), !reply["error"].is_null()))
    }

    /// The default policy's objects.
    pub fn policy(&mut self) -> Vec<Value> {
        self.ask(&json!({"op": "policy"})).unwrap()["objects"].as_array().unwrap().clone()
    }

    /// All answers to the questions about a world; those that chance decides are asked often.
    pub fn world(
        &mut self,
        files: &Files,
        asks: &[(&Ask, bool)],
        bare: bool,
    ) -> Result<Vec<Vec<Answer>>, String> {
        let instances: serde_json::Map<String, Value> =
            INSTANCES.iter().map(|(id, name)| ((*id).to_owned(), (*name).into())).collect();
        let asks: Vec<Value> = asks
            .iter()
            .map(|(ask, by_chance)| {
                let mut ask = serde_json::to_value(ask).unwrap();
                if *by_chance {
                    ask["repeat"] = 300.into();
                }
                ask
            })
            .collect();
        let question =
            json!({"op": "world", "files": files, "world": {"bare": bare, "ec2": instances}, "asks": asks});
        let reply = self.ask(&question)?;
        let answers = reply["answers"].as_array().ok_or_else(|| reply.to_string())?;
        let all = |answer: &Value| {
            let others = answer["others"].as_array().into_iter().flatten();
            let mut all: Vec<Answer> =
                std::iter::once(answer).chain(others).map(Answer::of_upstream).collect();
            all.sort();
            all.dedup();
            all
        };
        Ok(answers.iter().map(all).collect())
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        // its input ends when this is gone, and it ends with it
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
