//! Who can do what on an EKS cluster, and why: answered offline, from manifests, as the cluster would, with the proof.
//!
//! # The life of a question
//!
//! `iamrbac can-i --arn arn:aws:sts::…:assumed-role/dev/ana get pods -n team-a -f manifests/`
//!
//! 1. [`source::discover`] finds files, [`source::bytes`] reads them; [`source::yaml`] makes documents of them, each a tree
//!    of nodes with raw text, style and place.
//! 2. [`manifest::Loader`] makes a [`model::Cluster`] of the documents: plain data, without positions. What could not be
//!    read is a [`manifest::Gap`], what is worth saying a [`finding::Finding`].
//! 3. [`identity::authenticate`] follows the principal through the mappings to a username and groups, with the reason for
//!    each; a caller who stands for many becomes finitely many [`identity::Case`]s.
//! 4. [`access::decide`] asks the authorizers: one walk over the bindings that name the caller
//!    ([`access::Policy::bindings_of`]), one matcher of rules ([`access::matching::admits`]). The [`access::Decision`] borrows
//!    from the model and carries its evidence.
//! 5. [`query::can_i::answer`] reads the chain off the decision, and for a no gathers [`query::why`] it is one.
//! 6. [`report`] prints it: finished values, never evaluated again. [`cli`] knows standard output and exit statuses.
//!
//! # Rules of the house
//!
//! - A module names only modules to its left: `semantics`, `source`, `finding`, `model`, `manifest`, `identity`, `access`,
//!   `query`, `lint`, `report`, `cli`. A test holds it.
//! - The model holds no positions: an object keeps its [`source::Origin`], evidence names parts of it by
//!   [`source::Address`], and [`source::Sources::place`] reads the object's text again for what is printed.
//! - Every link of a chain names the [`semantics::Basis`] on which it rests, with its source upstream.
//! - A deny is a value. Reasons for it are a query of their own, asked only when they are printed.
//! - Order is part of the answer: whatever reaches output is ordered by a key.
//!
//! # From a program
//!
//! ```
//! use iamrbac::access::Policy;
//! use iamrbac::identity::Principal;
//! use iamrbac::manifest::{Loader, Options};
//! use iamrbac::model::{Request, ResourceTarget, Target};
//! use iamrbac::query::can_i::{Caller, Question, Verdict, answer};
//!
//! let mut loader = Loader::new(Options::default());
//! loader.add("aws-auth.yaml", b"
//! apiVersion: v1
//! kind: ConfigMap
//! metadata: {name: aws-auth, namespace: kube-system}
//! data:
//!   mapRoles: |
//!     - rolearn: arn:aws:iam::111122223333:role/admin
//!       username: admin
//!       groups: [system:masters]
//! ".to_vec());
//! let loaded = loader.finish();
//! let policy = Policy::new(&loaded.cluster);
//! let principal = Principal::from_arn("arn:aws:iam::111122223333:role/admin", Some("ana")).unwrap();
//! let target = ResourceTarget { resource: "pods".into(), ..ResourceTarget::default() };
//! let question = Question {
//!     caller: Caller::Principal(Box::new(principal)),
//!     impersonation: None,
//!     request: Request { verb: "list".into(), target: Target::Resource(target) },
//!     all_chains: false,
//! };
//! assert_eq!(answer(&loaded, &policy, &question).verdict, Verdict::Allow);
//! ```

pub mod access;
pub mod cli;
pub mod finding;
pub mod identity;
pub mod lint;
pub mod manifest;
pub mod model;
pub mod query;
pub mod report;
pub mod semantics;
pub mod source;

#[doc = include_str!("trust.md")]
pub mod trust {}
