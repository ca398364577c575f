//! Compiles the `.proto` files with protox, so that no `protoc` is needed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = [
        "polis/catalogue/v1/catalogue.proto",
        "polis/insurer/v1/insurer.proto",
        "polis/payments/v1/payment.proto",
        "polis/policies/v1/policy.proto",
        "polis/runtime/v1/tree.proto",
        "polis/sales/v1/application.proto",
    ];
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(files, ["proto"])?;
    let mut config = prost_build::Config::new();
    config.bytes(["."]);
    config.include_file("contracts.rs");
    tonic_prost_build::configure().build_transport(false).compile_fds_with_config(descriptors, config)?;
    Ok(())
}
