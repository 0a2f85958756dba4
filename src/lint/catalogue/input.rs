//! Rules about text that cannot be read, or is not read as it looks.

super::family! { Input:
    FileUnreadable "file-unreadable" "I001" Error Certain
    "a file or directory that cannot be read"
    "what is in it is not judged, and may change everything else"
    "make it readable, or leave it out (`--exclude`)"
    "iamrbac: reading"

    EncodingInvalid "encoding-invalid" "I002" Error Certain
    "bytes that are no text"
    "kubectl refuses the file, and what it was meant to grant cannot be judged"
    "save the file as UTF-8"
    "apimachinery 0.34.1, pkg/util/yaml/decoder.go"

    SyntaxError "syntax-error" "I003" Error Certain
    "text that is neither YAML nor JSON"
    "kubectl stops at this document, and what it was meant to grant cannot be judged"
    "mend the text; the message names the place where reading failed"
    "sigs.k8s.io/yaml 1.6.0, over go-yaml v2"

    TemplateUnrendered "template-unrendered" "I004" Error Certain
    "a template that has not been rendered"
    "what a template grants is known only after it was rendered"
    "render it and pipe the result in, or leave it out with `--exclude`"
    "Helm documentation, chart template guide"

    LimitExceeded "limit-exceeded" "I005" Error Certain
    "a limit on size, nesting or aliases"
    "Kubernetes bounds what one document may cost, and so does this tool: the document is not read"
    "split the document, or write out what aliases repeat"
    "sigs.k8s.io/yaml 1.6.0, go-yaml v2, decode.go (alias expansion); apimachinery 0.34.1 (depth)"

    PlaceholderUnfilled "placeholder-unfilled" "I006" Warning Likely
    "a name with a placeholder that was not filled in"
    "to the cluster a placeholder is an ordinary text, so that the name is nobody's"
    "fill it in (`envsubst`, `kustomize build`, `helm template`) and lint the result"
    "iamrbac: literal names, as Kubernetes 1.34 and aws-iam-authenticator 0.7.18 compare them"

    ContentDropped "content-dropped" "I007" Warning Certain
    "content behind `...`"
    "Kubernetes reads a document up to a line `...` and drops the rest without a word"
    "separate documents with `---`"
    "apimachinery 0.34.1, pkg/util/yaml/decoder.go"

    ReadPastError "read-past-error" "I008" Warning Certain
    "documents behind one that cannot be read"
    "kubectl stops at the first document that it cannot read, so that the later ones are not applied"
    "mend the document before"
    "cli-runtime 0.34.1, pkg/resource/visitor.go"

    KustomizationUnbuilt "kustomization-unbuilt" "I009" Note Certain
    "a kustomization, which is not built here"
    "its patches, name prefixes and namespaces change what reaches the cluster"
    "build it and pipe it in: `kustomize build DIRECTORY | iamrbac lint -f -`"
    "Kustomize documentation, kustomization file"

    FieldDuplicate "field-duplicate" "I010" Warning Certain
    "one field twice"
    "the last one counts, and what the first one grants or confines is lost"
    "keep one of the two"
    "sigs.k8s.io/yaml 1.6.0 (strict decoding refuses it)"

    FieldUnknown "field-unknown" "I011" Warning Certain
    "a field that Kubernetes does not know"
    "it is dropped: a misspelt `resourceNames` leaves the rule unconfined"
    "correct the spelling, letter case included, or remove the field"
    "sigs.k8s.io/json as used by apimachinery 0.34.1"

    NamespaceAssumed "namespace-assumed" "I012" Note Certain
    "namespaced objects without a namespace"
    "they end up in whatever namespace kubectl has at that moment"
    "write `metadata.namespace`, or say it with `--default-namespace NAME`"
    "cli-runtime 0.34.1, pkg/resource/visitor.go, SetNamespace"

    ListFolded "list-folded" "I013" Error Likely
    "items of a list that their indentation makes one text"
    "a deeper `-` goes on with the text of the item above: neither item is there, only one of both names"
    "give the items the same indentation"
    "YAML 1.2.2, plain style, multi-line"

    VersionUnknown "version-unknown" "I020" Warning Certain
    "a version of Kubernetes whose default policy is not known"
    "the default roles of another version are taken in its place, which may grant more or less"
    "say which version's policy to take with `--builtin`, or capture the cluster's own objects"
    "Kubernetes 1.31 to 1.36, plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
}
