//! What the fuzz targets share: inputs are texts that a person could have written, so that a finding can be read.

use iamrbac::manifest::{Loaded, Loader, Options};
use iamrbac::model::builtin::Version;

/// The parts of an input: what stands between lines `====`.
pub fn parts(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    const CUT: &[u8] = b"\n====\n";
    let mut rest = Some(data);
    std::iter::from_fn(move || {
        let all = rest?;
        match all.windows(CUT.len()).position(|window| window == CUT) {
            Some(end) => {
                rest = all.get(end + CUT.len()..);
                all.get(..end)
            }
            None => rest.take(),
        }
    })
}

/// Loads texts as files, those that start as JSON does with that ending, after a kustomization if there is one.
pub fn load<'d>(texts: impl Iterator<Item = &'d [u8]>, builtin: bool) -> Loaded {
    let builtin = builtin.then(Version::newest);
    let mut loader = Loader::new(Options { builtin, ..Options::default() });
    for (number, text) in texts.enumerate() {
        let path = match text.first() {
            Some(b'{') => format!("{number}.json"),
            Some(b'k') => "kustomization.yaml".to_owned(),
            _ => format!("{number}.yaml"),
        };
        loader.look_ahead(&path, text);
        loader.add(&path, text.to_vec());
    }
    loader.finish()
}

/// An aws-auth with these texts.
pub fn aws_auth<'d>(texts: impl IntoIterator<Item = (&'d str, &'d str)>) -> Vec<u8> {
    let data: serde_json::Map<String, serde_json::Value> =
        texts.into_iter().map(|(key, text)| (key.to_owned(), text.into())).collect();
    serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": data})
    .to_string()
    .into_bytes()
}
