#!/bin/sh
# Builds a corpus for `cargo bench -p cortex-engine --bench scan`: at least 15,000 JavaScript and TypeScript files and
# 200 MB, the contents of published packages. Nothing of them is run.
#
#   benches/corpus.sh FOLDER [PACKAGE...]
#
# With packages named, only those. Packages already in FOLDER are kept; one that cannot be had is reported and left out.
set -eu

if [ $# -lt 1 ]; then
    echo "usage: $0 FOLDER [PACKAGE...]" >&2
    exit 2
fi
mkdir -p "$1"
root=$(cd "$1" && pwd)
shift

# Versions are fixed where a newer major version ships fewer or other files.
packages='
@angular/core @angular/common @angular/compiler @angular/forms @angular/router @angular/material @angular/cdk
@babel/core @babel/parser @babel/traverse @babel/types @babel/standalone
@mui/material@5 @mui/icons-material@5 @mui/system@5 @mui/base
@ant-design/icons @ant-design/icons-svg antd@5 rc-table rc-tree
@aws-sdk/client-ec2 @aws-sdk/client-s3 @aws-sdk/client-iam @aws-sdk/client-sagemaker aws-sdk@2
@azure/arm-compute @azure/arm-network googleapis
@fluentui/react@8 @chakra-ui/react@2 @mantine/core react-bootstrap primereact
@types/node @types/react @types/lodash @types/three
ace-builds monaco-editor codemirror@5 ckeditor5 tinymce quill
core-js@3 core-js-pure@3 lodash@4 lodash-es@4 ramda@0.29 rxjs@7 immutable@4 underscore date-fns@2 moment@2 luxon
d3@7 chart.js echarts@5 plotly.js@2 highcharts three@0.160 babylonjs@6 pixi.js@7 cesium
express@4 koa fastify@4 @hapi/hapi @nestjs/core @nestjs/common next@14 nuxt@3 gatsby@5
react@18 react-dom@18 vue@3 preact svelte@4 ember-source@5 backbone jquery@3 jquery-ui
typescript@5 eslint@8 prettier@3 webpack@5 rollup@4 terser@5 uglify-js@3 esprima acorn mocha@10 jest-circus jasmine-core
mongoose@8 sequelize@6 typeorm@0.3 knex@3 mongodb@6 pg@8 mysql2@3 redis@4
firebase@10 ethers@6 web3@4 openpgp@5 node-forge crypto-js@4 pdfjs-dist@4 xlsx@0.18 mathjs@12 mathjax@3
@tensorflow/tfjs@4 brain.js natural@6 ol@9 leaflet mapbox-gl@3 video.js@8 hls.js@1 socket.io@4 puppeteer-core@22
'
[ $# -eq 0 ] || packages="$*"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

for package in $packages; do
    # `@scope/name@1` becomes `scope+name+1`.
    folder="$root/$(printf %s "$package" | sed 's/^@//; s/[/@]/+/g')"
    [ ! -d "$folder" ] || continue
    rm -rf "$work/pack"
    mkdir "$work/pack"
    if (cd "$work/pack" && npm pack --silent --ignore-scripts "$package" >/dev/null); then
        mkdir "$work/pack/out"
        # Some archives hold folders that may not be entered.
        tar -xzf "$work/pack"/*.tgz -C "$work/pack/out" --no-same-owner --no-same-permissions
        chmod -R u+rwX "$work/pack/out"
        mv "$work/pack/out" "$folder"
    else
        echo "left out: $package" >&2
    fi
done

list() {
    find "$root" -type f \( -name '*.js' -o -name '*.jsx' -o -name '*.mjs' -o -name '*.cjs' -o -name '*.es6' \
        -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.tsx' \) -print0
}
files=$(list | tr -dc '\0' | wc -c)
bytes=$(list | xargs -0 cat | wc -c)
echo "$files files, $((bytes / 1000000)) MB in $root"
if [ $# -eq 0 ] && { [ "$files" -lt 15000 ] || [ "$bytes" -lt 200000000 ]; }; then
    echo "fewer than 15000 files or 200 MB" >&2
    exit 1
fi
