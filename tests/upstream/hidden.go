package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

// hidden reads the unexported field of a struct behind a pointer. It is the way to the parts of upstream that have no
// exported door but may not be copied either: the authenticator's handler and its mapper, the aggregation
// controller's sync.
func hidden(pointer any, name string) (reflect.Value, error) {
	value := reflect.Indirect(reflect.ValueOf(pointer))
	field := value.FieldByName(name)
	if !field.IsValid() {
		return field, fmt.Errorf("upstream's %s has no field %s", value.Type(), name)
	}
	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem(), nil
}

// valueOf gives the value behind a pointer, with its static type.
func valueOf(pointer any) reflect.Value { return reflect.ValueOf(pointer).Elem() }

// functionPointer gives the entry of a function.
func functionPointer(function any) uintptr { return reflect.ValueOf(function).Pointer() }
